import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLObjectType, Kind, parse } from 'graphql';
import {
  administratorToken,
  data,
  eventually,
  type GraphQLAnswer,
  makeKey,
  type Person,
  rest,
  send,
  signIn,
  somebody,
  urls,
} from './client';
import { furnish, operations, restElsewhere, userFields } from './permissions';
import {
  type CallerKind,
  callers,
  type Outcome,
  type Row,
  type Scene,
  type Variables,
} from './permissions/row';
import type { Service } from './plinth';

const folder = join(__dirname, '..', 'schema');
const api = buildSchema(readFileSync(join(folder, 'api.graphql'), 'utf8'));
const restRoutes = JSON.parse(readFileSync(join(folder, 'rest.json'), 'utf8')) as {
  method: string;
  path: string;
  success: number;
}[];

type Credential = { token?: string; key?: string };

const keys = new Map<string, Promise<string>>();
let root: string;
/** An administrator of the matrix's own: it ends its sessions, and the other stories go on. */
let second: Person;

/** A key with those scopes; the same for all rows. */
function keyWith(scopes: string[]): Promise<string> {
  const name = scopes.join(' ');
  let key = keys.get(name);
  if (key === undefined) {
    key = makeKey(root, scopes).then(made => made.key);
    keys.set(name, key);
  }
  return key;
}

async function credentialOf(caller: CallerKind, scene: Scene, scopes: string[]): Promise<Credential> {
  switch (caller) {
    case 'anonymous':
      return {};
    case 'owner':
      return { token: scene.subject.accessToken };
    case 'other':
      return { token: (await somebody()).accessToken };
    case 'administrator':
      return { token: await signIn(second) };
    case 'keyWithScope':
      return { key: await keyWith(scopes) };
    case 'keyWithoutScope':
      return { key: await keyWith(['matrix:nothing']) };
  }
}

function outcomeOf({ data: answered, errors }: GraphQLAnswer<Record<string, unknown>>): Outcome {
  if (errors !== undefined) return errors[0]!.extensions.code;
  return isNothing(Object.values(answered ?? {})[0]) ? 'nothing' : 'ok';
}

function isNothing(value: unknown): boolean {
  if (value == null) return true;
  const items = Array.isArray(value) ? value : (value as { nodes?: unknown }).nodes;
  return Array.isArray(items) && items.length === 0;
}

/** Which service answers an operation by itself, from the schemas. */
function ownerOf(operation: string): Service {
  const [type, field] = operation.split('.');
  for (const file of readdirSync(folder)) {
    const service = file.replace('.graphql', '') as Service;
    if (!(service in urls)) continue;
    for (const definition of parse(readFileSync(join(folder, file), 'utf8')).definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION)
        continue;
      if (definition.name.value === type && definition.fields?.some(each => each.name.value === field))
        return service;
    }
  }
  throw new Error(`No subgraph has ${operation}`);
}

const statuses: Record<string, number> = {
  nothing: 404,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INVALID_CREDENTIALS: 401,
};

/** Somebody whose profile has arrived, and what the operation is asked about. */
async function scene(): Promise<Scene> {
  const made: Scene = { subject: await somebody(), root };
  await eventually(async () => {
    const { user } = await data<{ user: { profile: unknown } | null }, object>(
      'query ($id: ID!) { user(id: $id) { profile { id } } }',
      { id: made.subject.id },
      root,
    );
    expect(user?.profile).toBeTruthy();
  });
  return made;
}

interface Prepared {
  operation: string;
  stage: Scene;
  variables: Variables;
}

let unspent: Prepared | undefined;
/** Outcomes that leave everything as it was, counters of failed attempts included. */
const harmless: readonly Outcome[] = ['nothing', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'];

/** What the operation is asked about: the same for all callers, until one of them may have changed it. */
async function prepared(operation: string, row: Row, outcome: Outcome): Promise<Prepared> {
  let made = unspent;
  if (made?.operation !== operation) {
    const stage = await scene();
    made = { operation, stage, variables: (await row.variables?.(stage)) ?? {} };
  }
  const changesNothing = !operation.startsWith('Mutation.') || harmless.includes(outcome);
  unspent = changesNothing ? made : undefined;
  return made;
}

async function explained(userId: string, scope: string): Promise<boolean> {
  const { explainAccess } = await data<{ explainAccess: { allowed: boolean } }, object>(
    'query ($userId: ID!, $scope: String!) { explainAccess(userId: $userId, permission: $scope) { allowed } }',
    { userId, scope },
    root,
  );
  return explainAccess.allowed;
}

beforeAll(async () => {
  root = await administratorToken();
  second = (await scene()).subject;
  await data(
    'mutation ($id: ID!) { assignRoles(userId: $id, roles: ["administrator"]) { id } }',
    { id: second.id },
    root,
  );
  await eventually(async () => {
    const token = await signIn(second);
    expect((await send('{ roles { nodes { id } } }', {}, { token })).errors).toBeUndefined();
  });
});

afterAll(async () => {
  await data(
    'mutation ($id: ID!) { removeRoles(userId: $id, roles: ["administrator"]) { id } }',
    { id: second.id },
    root,
  );
});

describe('who may do what', () => {
  it('has a row for every operation of the graph, and none for what is not there', () => {
    const roots = [api.getQueryType(), api.getMutationType(), api.getSubscriptionType()].filter(
      (type): type is GraphQLObjectType => type != null,
    );
    const all = roots.flatMap(type => Object.keys(type.getFields()).map(field => `${type.name}.${field}`));
    expect(Object.keys(operations).sort()).toEqual(all.sort());
  });

  it('has a row for every route of the REST table', () => {
    const covered = Object.values(operations).flatMap(({ rest: route }) =>
      route === undefined ? [] : [`${route.method} ${route.path({ id: ':id' }).replace(/\?.*/, '')}`],
    );
    const all = restRoutes.map(route => `${route.method} ${route.path}`);
    expect([...covered, ...restElsewhere].sort()).toEqual(all.sort());
  });

  const entries = Object.entries(operations) as [string, Row][];
  describe.each(entries)('%s', (operation, row) => {
    it.each(callers.map((caller, at) => [caller, row.outcomes[at]!] as const))(
      'answers %s with %s, at the gateway, at its service and over REST alike',
      async (caller, outcome) => {
        const scopes = row.scope === undefined ? ['matrix:any'] : [row.scope];
        for (const at of [urls.gateway, urls[ownerOf(operation)]]) {
          const { stage, variables } = await prepared(operation, row, outcome);
          const credential = await credentialOf(caller, stage, scopes);
          const answer = await send<Record<string, unknown>, object>(row.document, variables, {
            ...credential,
            at,
          });
          expect([at, outcomeOf(answer)]).toEqual([at, outcome]);
          if (outcome === 'ok' && credential.token !== undefined)
            await row.settle?.(answer.data!, credential.token);
        }
        if (row.rest === undefined) return;
        const { stage, variables } = await prepared(operation, row, outcome);
        const { token, key } = await credentialOf(caller, stage, scopes);
        const { method, path, body } = row.rest;
        const answer = await rest(method, path(variables), {
          token,
          ...(body === undefined ? {} : { body: body(variables) }),
          ...(key === undefined ? {} : { headers: { 'x-api-key': key } }),
        });
        const route = restRoutes.find(
          each => each.method === method && each.path === path({ id: ':id' }).replace(/\?.*/, ''),
        )!;
        expect(answer.status).toBe(outcome === 'ok' ? route.success : statuses[outcome]);
      },
    );
  });

  it('is what explainAccess says, wherever a permission alone decides', async () => {
    const { subject } = await scene();
    const { me } = await data<{ me: { id: string } }, object>('{ me { id } }', {}, root);
    const deciding = entries.filter(([, row]) => row.decides);
    expect(deciding.length).toBeGreaterThan(8);
    for (const [operation, { scope, outcomes }] of deciding) {
      expect([operation, await explained(subject.id, scope!)]).toEqual([operation, outcomes[1] === 'ok']);
      expect([operation, await explained(me.id, scope!)]).toEqual([operation, outcomes[3] === 'ok']);
    }
  });
});

describe('what a user shows', () => {
  it('has a row for every field of a user', () => {
    const fields = Object.keys((api.getType('User') as GraphQLObjectType).getFields());
    expect(['id', ...Object.keys(userFields)].sort()).toEqual(fields.sort());
  });

  it.each(Object.entries(userFields))(
    '%s: to its owner and who holds the scope, by entity and by path; to others it is not there',
    async (field, { selection, scopes, ownOnly }) => {
      const stage = await scene();
      const { subject } = stage;
      await furnish(stage);
      const owner = ownerOf(`User.${field}`);
      const shown: Record<CallerKind, boolean> = {
        anonymous: false,
        owner: true,
        other: false,
        administrator: ownOnly !== true,
        keyWithScope: ownOnly !== true,
        keyWithoutScope: false,
      };
      for (const caller of callers) {
        const credential = await credentialOf(caller, stage, scopes);
        const entity = await send<{ _entities: (Record<string, unknown> | null)[] }, object>(
          `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User { ${selection} } } }`,
          { id: subject.id },
          { ...credential, at: urls[owner] },
        );
        const path = await send<{ user: Record<string, unknown> | null }, object>(
          `query ($id: ID!) { user(id: $id) { ${selection} } }`,
          { id: subject.id },
          credential,
        );
        const seen = [entity.data?._entities?.[0]?.[field], path.data?.user?.[field]].map(
          value => !isNothing(value),
        );
        expect([caller, ...seen]).toEqual([caller, shown[caller], shown[caller]]);
      }
    },
  );
});
