import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  valueFromASTUntyped,
} from 'graphql';
import { type GraphQLFailure, type Person, send, somebody, urls } from './client';
import { services } from './plinth';

const schemaFolder = join(__dirname, '..', 'schema');
const api = buildSchema(readFileSync(join(schemaFolder, 'api.graphql'), 'utf8'));

interface RootField {
  readonly service: (typeof services)[number];
  readonly type: 'Query' | 'Mutation';
  readonly name: string;
  readonly isAuthenticated: boolean;
  readonly scopes: string[][] | undefined;
}

/** Every query and mutation field, with what the schema of its subgraph says of who may have it. */
const fields: RootField[] = services
  .filter(service => service !== 'gateway')
  .flatMap(service =>
    parse(readFileSync(join(schemaFolder, `${service}.graphql`), 'utf8')).definitions.flatMap(type => {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
      if (type.name.value !== 'Query' && type.name.value !== 'Mutation') return [];
      return (type.fields ?? []).map(({ name, directives }): RootField => {
        const of = (directive: string): DirectiveNode | undefined =>
          directives?.find(each => each.name.value === directive);
        const scopes = of('requiresScopes')?.arguments?.[0];
        return {
          service,
          type: type.name.value as RootField['type'],
          name: name.value,
          isAuthenticated: of('authenticated') !== undefined,
          scopes: scopes && (valueFromASTUntyped(scopes.value) as string[][]),
        };
      });
    }),
  );

/** Some value of a type, right in form and about nothing that exists. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return String(type.getValues()[0]?.name);
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter(field => isNonNullType(field.type));
    return `{ ${required.map(field => `${field.name}: ${literal(field.type)}`).join(' ')} }`;
  }
  return (
    { Int: '1', Float: '1', Boolean: 'true', DateTime: '"2030-01-01T00:00:00Z"' }[type.name] ?? '"nothing-1"'
  );
}

function operationFor({ type, name }: RootField): string {
  const root = type === 'Query' ? api.getQueryType() : api.getMutationType();
  const field = root?.getFields()[name] as GraphQLField<unknown, unknown>;
  const args = field.args.filter(argument => isNonNullType(argument.type));
  const given = args.map(argument => `${argument.name}: ${literal(argument.type)}`).join(' ');
  const inside = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
  return `${type.toLowerCase()} { ${name}${given === '' ? '' : `(${given})`}${inside} }`;
}

async function failureOf(field: RootField, at: string, token?: string): Promise<GraphQLFailure | undefined> {
  return (await send(operationFor(field), {}, { at, token })).errors?.[0];
}

describe('what the schemas say of who may have what (G11)', () => {
  let ada: Person;
  /** Asks the gateway what Ada has asked the service: some things cannot be asked twice. */
  let bob: Person;
  beforeAll(async () => {
    ada = await somebody();
    bob = await somebody();
  });

  it('covers fields that are open, fields for the signed in, and fields that take a permission', () => {
    expect(fields.filter(field => field.isAuthenticated).length).toBeGreaterThan(5);
    expect(fields.filter(field => field.scopes).length).toBeGreaterThan(5);
    expect(fields.filter(field => !field.isAuthenticated && !field.scopes).length).toBeGreaterThan(5);
  });

  it.each(fields.map(field => [`${field.type}.${field.name}`, field] as const))(
    '%s: is what its service does when it is asked directly, and what the gateway answers',
    async (_, field) => {
      const nobody = await failureOf(field, urls[field.service]!);
      const isRefused = nobody?.extensions.code === 'UNAUTHENTICATED';
      expect({ needsCaller: field.isAuthenticated || field.scopes !== undefined }).toEqual({
        needsCaller: isRefused,
      });
      const atTheDoor = await failureOf(field, urls.gateway);
      expect([atTheDoor?.extensions.code, atTheDoor?.message, atTheDoor?.path]).toEqual([
        nobody?.extensions.code,
        nobody?.message,
        nobody?.path,
      ]);
      // Asking these with a token would end it.
      if (!isRefused || /^(logout|revokeSessions)$/.test(field.name)) return;

      const direct = await failureOf(field, urls[field.service]!, ada.accessToken);
      const permission = (direct?.extensions.details as { permission?: string } | null)?.permission;
      expect({ scopes: field.scopes }).toEqual({ scopes: permission && [[permission]] });
      const asBob = await failureOf(field, urls.gateway, bob.accessToken);
      expect([asBob?.extensions.code, asBob?.message, asBob?.extensions.details]).toEqual([
        direct?.extensions.code,
        direct?.message,
        direct?.extensions.details,
      ]);
    },
  );
});
