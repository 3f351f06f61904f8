import { administratorToken, data, eventually, type Person, send, somebody } from './client';
import { AssignRolesDocument, CreateRoleDocument, WhoAmIDocument } from './graphql/graphql';

const activeAdministrators =
  '{ users(filter: { role: "administrator", active: true }) { nodes { id username } } }';
const deactivate = 'mutation($id: ID!) { deactivateUser(id: $id) { id } }';
const reactivate = 'mutation($id: ID!) { reactivateUser(id: $id) { id } }';
const demote = 'mutation($id: ID!) { removeRoles(userId: $id, roles: ["administrator"]) { id } }';
const remove = 'mutation($id: ID!) { deleteUser(id: $id) { id } }';

describe('the last administrator (U8)', () => {
  let rootId: string;
  /** Holds every permission, and is no administrator. */
  let officer: Person;

  beforeAll(async () => {
    const root = await administratorToken();
    rootId = (await data(WhoAmIDocument, {}, root)).me.id;
    officer = await somebody();
    const name = `officer${Date.now().toString(36)}`;
    await data(CreateRoleDocument, { input: { name, permissions: ['*'] } }, root);
    await eventually(() => data(AssignRolesDocument, { userId: officer.id, roles: [name] }, root));
    await eventually(async () => {
      for (const { id } of await administrators()) {
        if (id !== rootId) await data(demote, { id }, officer.accessToken);
      }
      expect(await administrators()).toHaveLength(1);
    });
  });

  async function administrators(): Promise<{ id: string }[]> {
    const found = await data<{ users: { nodes: { id: string }[] } }, object>(
      activeAdministrators,
      {},
      officer.accessToken,
    );
    return found.users.nodes;
  }

  async function anotherAdministrator(): Promise<Person> {
    const person = await somebody();
    await eventually(() =>
      data(AssignRolesDocument, { userId: person.id, roles: ['administrator'] }, officer.accessToken),
    );
    return person;
  }

  const codeOf = async (mutation: string, id: string) =>
    (await send(mutation, { id }, { token: officer.accessToken })).errors?.[0]?.extensions.code;

  it.each([
    ['loses the role', demote],
    ['is deleted', remove],
  ])(
    'stays when one is suspended and the other %s at the same moment',
    async (_how, other) => {
      for (let round = 0; round < 3; round++) {
        const { id } = await anotherAdministrator();
        // Both services know both.
        await eventually(async () => expect(await administrators()).toHaveLength(2));
        const codes = await Promise.all([codeOf(deactivate, rootId), codeOf(other, id)]);
        expect(codes.sort()).toEqual(['LAST_ADMINISTRATOR', undefined]);
        await eventually(async () => expect(await administrators()).toHaveLength(1));
        await data(reactivate, { id: rootId }, officer.accessToken);
        await eventually(async () => {
          expect((await administrators()).map(each => each.id)).toContain(rootId);
          expect((await codeOf(demote, id)) ?? 'NOT_FOUND').toBe('NOT_FOUND');
          expect(await administrators()).toHaveLength(1);
        });
      }
    },
    60_000,
  );
});
