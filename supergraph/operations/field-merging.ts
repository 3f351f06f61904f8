import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  print,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql';
import { platformErrors } from '../../platform/errors';
import { fragmentsOf } from '../../platform/graphql/document';
import { gatewayErrors } from '../errors';
import { RequestError } from '../request-error';

interface Placed {
  readonly node: FieldNode;
  readonly parent: GraphQLCompositeType;
  readonly type: GraphQLOutputType | undefined;
}

/**
 * https://spec.graphql.org/October2021/#sec-Field-Selection-Merging, in time that grows with the expanded document, where the rule of graphql-js
 * compares every pair of fields and of fragments: a grid of fragments within the other limits keeps that one busy for seconds.
 *
 * Fields of one response name are one equivalence class: comparing each with the first says as much as comparing all pairs.
 */
export function checkFieldMerging(schema: GraphQLSchema, document: DocumentNode, budget = 50_000): void {
  const fragments = fragmentsOf(document);
  const checker = new MergingCheck(schema, fragments, budget);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const root = schema.getRootType(definition.operation);
    if (root) checker.check([{ set: definition.selectionSet, parent: root }]);
  }
}

interface PlacedSet {
  readonly set: SelectionSetNode;
  readonly parent: GraphQLCompositeType;
}

class MergingCheck {
  private readonly printed = new Map<FieldNode, string>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private budget: number,
  ) {}

  check(sets: readonly PlacedSet[]): void {
    this.sameCalls(sets);
    this.sameShapes(sets);
  }

  /** Fields that may both apply to one object have to be the same call. */
  private sameCalls(sets: readonly PlacedSet[]): void {
    for (const [key, fields] of this.byKey(sets)) {
      for (const together of concurrent(fields)) {
        const first = together[0] as Placed;
        const call = this.call(first.node);
        for (const field of together) {
          if (field !== first && this.call(field.node) !== call) {
            throw conflict(key, 'they are different calls', first.node, field.node);
          }
        }
        const nested = this.nested(together);
        if (nested.length > 0) this.sameCalls(nested);
      }
    }
  }

  /** Fields that cannot both apply still have to look alike, so that a client can read the answer. */
  private sameShapes(sets: readonly PlacedSet[]): void {
    for (const [key, fields] of this.byKey(sets)) {
      const first = fields[0] as Placed;
      if (fields.length > 1) {
        const shape = shapeOf(first.type);
        for (const field of fields) {
          if (field !== first && shapeOf(field.type) !== shape) {
            throw conflict(key, 'they return conflicting types', first.node, field.node);
          }
        }
      }
      const nested = this.nested(fields);
      if (nested.length > 0) this.sameShapes(nested);
    }
  }

  private nested(fields: readonly Placed[]): PlacedSet[] {
    const sets: PlacedSet[] = [];
    for (const { node, type } of fields) {
      const named = type && getNamedType(type);
      if (node.selectionSet && named && isCompositeType(named)) {
        sets.push({ set: node.selectionSet, parent: named });
      }
    }
    return sets;
  }

  private byKey(sets: readonly PlacedSet[]): Map<string, Placed[]> {
    const groups = new Map<string, Placed[]>();
    for (const { set, parent } of sets) this.collect(set, parent, groups);
    return groups;
  }

  private collect(set: SelectionSetNode, parent: GraphQLCompositeType, groups: Map<string, Placed[]>): void {
    for (const node of set.selections) {
      this.budget--;
      if (this.budget < 0) {
        throw new RequestError(
          'limit',
          gatewayErrors.OPERATION_LIMIT_EXCEEDED,
          'The operation is too intricate',
        );
      }
      if (node.kind === Kind.FIELD) {
        const key = node.alias?.value ?? node.name.value;
        const type =
          node.name.value === TypeNameMetaFieldDef.name
            ? TypeNameMetaFieldDef.type
            : isUnionType(parent)
              ? undefined
              : parent.getFields()[node.name.value]?.type;
        const placed = { node, parent, type };
        const same = groups.get(key);
        if (same) same.push(placed);
        else groups.set(key, [placed]);
        continue;
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? this.fragments.get(node.name.value) : undefined;
      const condition = node.kind === Kind.INLINE_FRAGMENT ? node.typeCondition : fragment?.typeCondition;
      const inner = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragment?.selectionSet;
      const type = condition ? this.schema.getType(condition.name.value) : parent;
      if (inner && isCompositeType(type)) this.collect(inner, type, groups);
    }
  }

  private call(node: FieldNode): string {
    let text = this.printed.get(node);
    if (text === undefined) {
      const args = (node.arguments ?? []).map(a => `${a.name.value}:${print(a.value)}`).sort();
      text = `${node.name.value}(${args.join()})`;
      this.printed.set(node, text);
    }
    return text;
  }
}

/** Groups of fields that can apply to one object: for each object type its fields and all fields on abstract types. */
function concurrent(fields: readonly Placed[]): (readonly Placed[])[] {
  if (fields.length === 1) return [fields];
  const abstract = fields.filter(f => !isObjectType(f.parent));
  const byType = new Map<GraphQLCompositeType, Placed[]>();
  for (const field of fields) {
    if (!isObjectType(field.parent)) continue;
    const same = byType.get(field.parent);
    if (same) same.push(field);
    else byType.set(field.parent, [...abstract, field]);
  }
  return byType.size === 0 ? [abstract] : [...byType.values()];
}

function shapeOf(type: GraphQLOutputType | undefined): string {
  if (!type) return '?';
  if (isNonNullType(type)) return `${shapeOf(type.ofType)}!`;
  if (isListType(type)) return `[${shapeOf(type.ofType)}]`;
  return isLeafType(type) ? type.name : '{}';
}

function conflict(key: string, why: string, first: FieldNode, second: FieldNode): RequestError {
  const place = (node: FieldNode): { line: number; column: number }[] =>
    node.loc ? [{ line: node.loc.startToken.line, column: node.loc.startToken.column }] : [];
  return new RequestError(
    'validation',
    platformErrors.GRAPHQL_VALIDATION_FAILED,
    `Fields "${key}" conflict because ${why}. Use different aliases on the fields to fetch both if this was intentional.`,
    { locations: [...place(first), ...place(second)] },
  );
}
