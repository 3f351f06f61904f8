import { TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications();

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

const newUser = async () => {
  const { userId } = await notifications.register();
  return { userId, token: notifications.token({ userId }) };
};
/** Sends one after the other, and waits until they are in the inbox. */
const receive = async (userId: string, ...contents: string[]) => {
  const ids: string[] = [];
  for (const content of contents) {
    notifications.clock.advance(1);
    const { id } = await notifications.send({ channel: 'IN_APP', userId, subject: 'News', content });
    await notifications.settled(id);
    ids.push(id);
  }
  return ids;
};
const inbox = async (token: string, options = '') => {
  const query = `{ unreadNotificationCount inbox(first: 2 ${options}) {
    nodes { id content readAt } pageInfo { endCursor hasNextPage }
  } }`;
  const { data } = await notifications.graphql<{
    unreadNotificationCount: number;
    inbox: {
      nodes: { id: string; content: string; readAt: string | null }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  }>(token, query);
  return data;
};
const contentsOf = (answer: Awaited<ReturnType<typeof inbox>>) =>
  answer.inbox.nodes.map(({ content }) => content);
const change = (token: string | undefined, mutation: string, id: string) =>
  notifications.graphql(token, `mutation ($id: ID!) { changed: ${mutation} { id } }`, { id });

describe('the inbox', () => {
  it('lists the notifications of its user, the newest first, in pages', async () => {
    const ada = await newUser();
    await receive(ada.userId, 'one', 'two', 'three');
    const first = await inbox(ada.token);
    expect(contentsOf(first)).toEqual(['three', 'two']);
    expect(first.unreadNotificationCount).toBe(3);
    const { endCursor } = first.inbox.pageInfo;
    expect(contentsOf(await inbox(ada.token, `, after: "${endCursor}"`))).toEqual(['one']);
    const other = await inbox((await newUser()).token);
    expect(other).toMatchObject({ unreadNotificationCount: 0, inbox: { nodes: [] } });
  });

  it('counts what is unread, and keeps the first moment at which a notification was read', async () => {
    const ada = await newUser();
    const [id] = await receive(ada.userId, 'one', 'two');
    expect((await change(ada.token, 'markNotificationRead(id: $id)', id!)).data).toEqual({ changed: { id } });
    const readAt = new Date(notifications.clock.now()).toISOString();
    notifications.clock.advance(1_000);
    await change(ada.token, 'markNotificationRead(id: $id)', id!);
    expect((await inbox(ada.token)).inbox.nodes.find(each => each.id === id)?.readAt).toBe(readAt);
    const unread = await inbox(ada.token, ', onlyUnread: true');
    expect([contentsOf(unread), unread.unreadNotificationCount]).toEqual([['two'], 1]);
    await change(ada.token, 'markNotificationRead(id: $id, isRead: false)', id!);
    const all = 'mutation { markAllNotificationsRead }';
    expect((await notifications.graphql(ada.token, all)).data).toEqual({ markAllNotificationsRead: 2 });
    expect((await inbox(ada.token)).unreadNotificationCount).toBe(0);
  });

  it('no longer shows what was archived, while the history does', async () => {
    const ada = await newUser();
    const [id] = await receive(ada.userId, 'one', 'two');
    await change(ada.token, 'archiveNotification(id: $id)', id!);
    const answer = await inbox(ada.token);
    expect([contentsOf(answer), answer.unreadNotificationCount]).toEqual([['two'], 1]);
    const history = await notifications.graphql(ada.token, '{ notifications { nodes { id } } }');
    expect(history.text).toContain(id);
  });

  it('can be read and changed by its user only', async () => {
    const ada = await newUser();
    const [id] = await receive(ada.userId, 'one');
    const other = (await newUser()).token;
    for (const mutation of ['markNotificationRead(id: $id)', 'archiveNotification(id: $id)']) {
      expect((await change(other, mutation, id!)).code).toBe('NOT_FOUND');
      expect((await change(undefined, mutation, id!)).code).toBe('UNAUTHENTICATED');
    }
    expect((await inbox(ada.token)).unreadNotificationCount).toBe(1);
  });
});
