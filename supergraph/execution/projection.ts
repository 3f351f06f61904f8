import {
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { isObject } from '../../platform/json';
import { covers, type FieldSelection, type Selection } from '../operations/selection';
import { ConstantShape, DeniedShape, IntrospectionShape, leafShape, UnknownTypeShape } from './leaf-shapes';
import type { Json } from './merged-data';
import type { ResponsePath } from './response-path';
import { Completion, explainNull, type Shape, type Violation } from './shape';

interface PrintedField {
  readonly key: string;
  readonly alias: string;
  /** Own properties only: `constructor` and `__proto__` are legal response names. */
  readonly isInherited: boolean;
  readonly prefix: string;
  readonly shape: Shape;
}

function read(value: Json, field: PrintedField): unknown {
  return field.isInherited && !Object.hasOwn(value, field.alias) ? undefined : value[field.alias];
}

/** Compiles what one selection prints. `root` is the operation's root type. */
export function compileProjection(
  schema: GraphQLSchema,
  root: GraphQLCompositeType,
  selections: readonly Selection[],
): ObjectShape {
  return new ObjectShape(schema, root, [selections], false, root.name);
}

export class ObjectShape implements Shape {
  private byType: Map<string, PrintedField[]> | undefined;
  private readonly fixed: readonly PrintedField[] | undefined;
  private untyped: readonly PrintedField[] | undefined;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly type: GraphQLCompositeType,
    /** The selections, for types that are compiled at first use; empty once all are compiled. */
    private sets: readonly (readonly Selection[])[],
    private readonly nullable: boolean,
    private readonly where: string,
  ) {
    if (!isObjectType(type)) return;
    this.fixed = this.compile(type);
    this.sets = [];
  }

  write(value: unknown, completion: Completion): string | undefined {
    if (value === null || value === undefined) return this.nothing(completion);
    const fields = this.fieldsOf(value);
    if (!fields) {
      completion.violations++;
      return this.nullable ? 'null' : undefined;
    }
    if (fields.length === 0) return '{}';
    let out = '';
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as PrintedField;
      const text = field.shape.write(read(value as Json, field), completion);
      if (text === undefined) return this.nullable ? 'null' : undefined;
      out += field.prefix + text;
    }
    return `${out}}`;
  }

  private nothing(completion: Completion): string | undefined {
    if (this.nullable) return 'null';
    completion.violations++;
    return undefined;
  }

  explain(value: unknown, path: ResponsePath, found: Violation[]): boolean {
    if (value === null || value === undefined)
      return explainNull(this.nullable, this.where, value, path, found);
    const fields = this.fieldsOf(value);
    if (!fields) {
      found.push({
        path,
        message: `The value returned for ${this.where} is not one of its type`,
        missing: false,
      });
      return this.nullable;
    }
    for (const field of fields) {
      if (!field.shape.explain(read(value as Json, field), [...path, field.key], found)) return this.nullable;
    }
    return true;
  }

  isAsWritten(value: unknown): boolean {
    if (value === null) return this.nullable;
    const fields = value === undefined ? undefined : this.fieldsOf(value);
    if (!fields) return false;
    let at = 0;
    for (const key in value as Json) {
      const field = fields[at++];
      if (!field || field.key !== key || !field.shape.isAsWritten((value as Json)[key])) return false;
    }
    return at === fields.length;
  }

  /** A check whether this non-null field of an object is null. */
  nullCheck(key: string): ((value: Json) => boolean) | undefined {
    const field = this.fixed?.find(f => f.key === key);
    return field && (value => field.shape.write(read(value, field), new Completion()) === undefined);
  }

  /**
   * Translates a path of plan response names to the client's names, as far as the client's selection goes. Undefined where the path leads
   * to nothing that the client selected; `isIdle` says so of a field outside of the selection.
   */
  translate(
    value: unknown,
    path: ResponsePath,
    isIdle: (name: string, depth: number) => boolean = () => false,
  ): (string | number)[] | undefined {
    const result: (string | number)[] = [];
    let shape: Shape | undefined = this;
    let current: unknown = value;
    for (const [depth, segment] of path.entries()) {
      if (typeof segment === 'number') {
        if (!(shape instanceof ListShape)) break;
        shape = shape.item;
        current = Array.isArray(current) ? current[segment] : undefined;
        result.push(segment);
        continue;
      }
      // The error may be about a place the data has nothing at; its type is then unknown and any branch will do.
      if (!(shape instanceof ObjectShape)) break;
      const field: PrintedField | 'elsewhere' | undefined = shape.fieldNamed(segment, current);
      // The plan selects more than the client: the failed field is not one of the client's.
      if (field === 'elsewhere') return undefined;
      if (!field) {
        if (isIdle(segment, depth)) return undefined;
        break;
      }
      result.push(field.key);
      shape = field.shape;
      current = isObject(current) ? read(current, field) : undefined;
    }
    return result;
  }

  private fieldNamed(alias: string, value: unknown): PrintedField | 'elsewhere' | undefined {
    const known = (isObject(value) ? this.fieldsOf(value) : undefined) ?? this.fixed;
    const exact = known?.find(f => f.alias === alias);
    if (exact || this.fixed) return exact;
    for (const type of this.schema.getPossibleTypes(this.type as never)) {
      const field = this.fieldsFor(type.name)?.find(f => f.alias === alias);
      if (field) return known && known !== this.untyped ? 'elsewhere' : field;
    }
    return undefined;
  }

  private fieldsOf(value: unknown): readonly PrintedField[] | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (this.fixed) return this.fixed;
    const typename = (value as Json)['__typename'];
    if (typeof typename === 'string' && typename !== this.type.name) {
      return this.byType?.get(typename) ?? this.fieldsFor(typename);
    }
    // An interface object whose type is unknown because its service failed: which fragments apply is unknown too.
    if (typename === this.type.name && this.sets.some(set => hasNarrower(this.schema, set, this.type))) {
      return undefined;
    }
    // No type name was needed: only fields of the interface were selected on an interface object.
    this.untyped ??= this.compile(this.type);
    return this.untyped;
  }

  private fieldsFor(typename: string): readonly PrintedField[] | undefined {
    const known = this.byType?.get(typename);
    if (known) return known;
    const type = this.schema.getType(typename);
    // Inaccessible types, and whatever a broken subgraph may say.
    if (!type || !isObjectType(type) || !isAbstractType(this.type)) return undefined;
    if (!this.schema.isSubType(this.type, type)) return undefined;
    const fields = this.compile(type);
    this.byType ??= new Map();
    this.byType.set(typename, fields);
    return fields;
  }

  private compile(type: GraphQLCompositeType): PrintedField[] {
    const groups = new Map<string, FieldSelection[]>();
    for (const set of this.sets) collect(this.schema, set, type, groups);
    const fields: PrintedField[] = [];
    for (const [key, nodes] of groups) {
      const node = nodes[0] as FieldSelection;
      fields.push({
        key,
        alias: node.alias,
        isInherited: node.alias in Object.prototype,
        prefix: `${fields.length === 0 ? '{' : ','}${JSON.stringify(key)}:`,
        shape: this.shapeOf(type, node, nodes),
      });
    }
    return fields;
  }

  private shapeOf(type: GraphQLCompositeType, node: FieldSelection, nodes: readonly FieldSelection[]): Shape {
    if (node.name === '__typename') {
      return isObjectType(type)
        ? new ConstantShape(JSON.stringify(type.name))
        : new UnknownTypeShape(type.name);
    }
    if (node.name === '__schema' || node.name === '__type') return new IntrospectionShape(node.alias);
    const own = isObjectType(type)
      ? (type.getFields()[node.name]?.type ?? node.definition.type)
      : node.definition.type;
    if (nodes.some(n => n.denied)) return new DeniedShape(!isNonNullType(own));
    const sets = nodes.flatMap(n => (n.selections ? [n.selections] : []));
    return shapeOfType(this.schema, own, sets, `${type.name}.${node.name}`);
  }
}

function hasNarrower(schema: GraphQLSchema, set: readonly Selection[], type: GraphQLCompositeType): boolean {
  return set.some(
    s => s.kind === 'fragment' && (!covers(schema, s.type, type) || hasNarrower(schema, s.selections, type)),
  );
}

/** https://spec.graphql.org/October2021/#CollectFields() for one run-time type. */
function collect(
  schema: GraphQLSchema,
  set: readonly Selection[],
  type: GraphQLCompositeType,
  groups: Map<string, FieldSelection[]>,
): void {
  for (const selection of set) {
    if (selection.kind === 'fragment') {
      if (covers(schema, selection.type, type)) collect(schema, selection.selections, type, groups);
      continue;
    }
    const same = groups.get(selection.key);
    if (same) same.push(selection);
    else groups.set(selection.key, [selection]);
  }
}

function shapeOfType(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  sets: readonly (readonly Selection[])[],
  where: string,
): Shape {
  const nullable = !isNonNullType(type);
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner))
    return new ListShape(shapeOfType(schema, inner.ofType, sets, where), nullable, where);
  if (isLeafType(inner)) return leafShape(schema, inner, nullable, where);
  return new ObjectShape(schema, inner as GraphQLCompositeType, sets, nullable, where);
}

class ListShape implements Shape {
  constructor(
    readonly item: Shape,
    private readonly nullable: boolean,
    private readonly where: string,
  ) {}

  write(value: unknown, completion: Completion): string | undefined {
    if (!Array.isArray(value)) {
      if (this.nullable && (value === null || value === undefined)) return 'null';
      completion.violations++;
      return this.nullable ? 'null' : undefined;
    }
    if (value.length === 0) return '[]';
    let out = '';
    for (let i = 0; i < value.length; i++) {
      const text = this.item.write(value[i], completion);
      if (text === undefined) return this.nullable ? 'null' : undefined;
      out += i === 0 ? `[${text}` : `,${text}`;
    }
    return `${out}]`;
  }

  isAsWritten(value: unknown): boolean {
    if (value === null) return this.nullable;
    if (!Array.isArray(value)) return false;
    for (let i = 0; i < value.length; i++) if (!this.item.isAsWritten(value[i])) return false;
    return true;
  }

  explain(value: unknown, path: ResponsePath, found: Violation[]): boolean {
    if (value === null || value === undefined)
      return explainNull(this.nullable, this.where, value, path, found);
    if (!Array.isArray(value)) {
      found.push({ path, message: `The value returned for ${this.where} is not a list`, missing: false });
      return this.nullable;
    }
    for (const [index, item] of value.entries()) {
      if (!this.item.explain(item, [...path, index], found)) return this.nullable;
    }
    return true;
  }
}
