import { type GraphQLEnumType, type GraphQLLeafType, type GraphQLSchema, isEnumType } from 'graphql';
import { quote } from '../../platform/observability/json-text';
import type { ResponsePath } from './response-path';
import { type Completion, explainNull, type Shape, type Violation } from './shape';

const leaves = new WeakMap<GraphQLSchema, Map<string, LeafShape>>();

/** Leaves of one field are the same in every operation; there are as many as the schema has fields. */
export function leafShape(
  schema: GraphQLSchema,
  type: GraphQLLeafType,
  nullable: boolean,
  where: string,
): LeafShape {
  let known = leaves.get(schema);
  if (!known) {
    known = new Map();
    leaves.set(schema, known);
  }
  const key = nullable ? where : `${where}!`;
  let shape = known.get(key);
  if (!shape) {
    if (isEnumType(type)) {
      const writer = enumWriter(type);
      shape = new LeafShape(writer, nullable, where, value => writer(value) !== undefined);
    } else {
      const writer = scalarWriters.get(type.name) ?? writeAny;
      shape = new LeafShape(writer, nullable, where, scalarChecks.get(type.name) ?? never);
    }
    known.set(key, shape);
  }
  return shape;
}

type LeafWriter = (value: unknown) => string | undefined;

class LeafShape implements Shape {
  constructor(
    private readonly writer: LeafWriter,
    private readonly nullable: boolean,
    private readonly where: string,
    private readonly check: (value: unknown) => boolean,
  ) {}

  isAsWritten(value: unknown): boolean {
    return value === null ? this.nullable : this.check(value);
  }

  write(value: unknown, completion: Completion): string | undefined {
    if (value !== null && value !== undefined) {
      const text = this.writer(value);
      if (text !== undefined) return text;
    } else if (this.nullable) {
      return 'null';
    }
    completion.violations++;
    return this.nullable ? 'null' : undefined;
  }

  explain(value: unknown, path: ResponsePath, found: Violation[]): boolean {
    if (value === null || value === undefined)
      return explainNull(this.nullable, this.where, value, path, found);
    if (this.writer(value) !== undefined) return true;
    // The message does not contain the value: it may be an inaccessible enum value.
    found.push({
      path,
      message: `The value returned for ${this.where} is not one of its type`,
      missing: false,
    });
    return this.nullable;
  }
}

export class ConstantShape implements Shape {
  constructor(private readonly text: string) {}
  isAsWritten(value: unknown): boolean {
    return JSON.stringify(value) === this.text;
  }
  write(): string {
    return this.text;
  }
  explain(): boolean {
    return true;
  }
}

export class UnknownTypeShape implements Shape {
  constructor(private readonly typeName: string) {}
  isAsWritten(): boolean {
    return false;
  }
  write(_value: unknown, completion: Completion): undefined {
    completion.violations++;
    return undefined;
  }
  explain(_value: unknown, path: ResponsePath, found: Violation[]): boolean {
    found.push({ path, message: `The type of this ${this.typeName} is not known`, missing: true });
    return false;
  }
}

export class IntrospectionShape implements Shape {
  constructor(private readonly alias: string) {}
  isAsWritten(): boolean {
    return false;
  }
  write(_value: unknown, completion: Completion): string {
    return completion.introspection.get(this.alias) ?? 'null';
  }
  explain(): boolean {
    return true;
  }
}

/** Its error is known since the operation was compiled and is not a violation of its own. */
export class DeniedShape implements Shape {
  constructor(private readonly nullable: boolean) {}
  isAsWritten(): boolean {
    return false;
  }
  write(): string | undefined {
    return this.nullable ? 'null' : undefined;
  }
  explain(): boolean {
    return this.nullable;
  }
}

/** Result coercion of the built-in scalars: https://spec.graphql.org/October2021/#sec-Scalars. */
const scalarWriters: ReadonlyMap<string, LeafWriter> = new Map<string, LeafWriter>([
  ['String', value => (typeof value === 'string' ? quote(value) : undefined)],
  [
    'ID',
    value =>
      typeof value === 'string'
        ? quote(value)
        : Number.isSafeInteger(value)
          ? `"${value as number}"`
          : undefined,
  ],
  ['Int', value => (Number.isInteger(value) ? `${value as number}` : undefined)],
  ['Float', value => (typeof value === 'number' && Number.isFinite(value) ? `${value}` : undefined)],
  ['Boolean', value => (value === true ? 'true' : value === false ? 'false' : undefined)],
]);

const isString = (value: unknown): boolean => typeof value === 'string';
const scalarChecks: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['String', isString],
  ['ID', isString],
  ['Int', value => Number.isInteger(value)],
  ['Float', value => typeof value === 'number' && Number.isFinite(value)],
  ['Boolean', value => typeof value === 'boolean'],
]);
/** A scalar of its own may hold anything; it is written anew. */
const never = (): boolean => false;

function writeAny(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function enumWriter(type: GraphQLEnumType): LeafWriter {
  const written = new Map<unknown, string>();
  for (const value of type.getValues()) written.set(value.name, JSON.stringify(value.name));
  return value => written.get(value);
}
