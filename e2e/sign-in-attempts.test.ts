import { rest, send, somebody } from './client';

const wrong = 'not the password of anybody';
const attempt = (username: string, password: string) =>
  `login(input: { username: "${username}", password: "${password}" }) { accessToken }`;

describe('guesses count one by one, however they come (A2, G12)', () => {
  it('many at once are many: few are looked at, and the others wait', async () => {
    const { username } = await somebody();
    const codes = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { errors } = await send<unknown, object>(`mutation { ${attempt(username, wrong)} }`, {});
        return errors?.[0]?.extensions.code;
      }),
    );
    // After the fifth the wait is a second, then two, then four: on a slow machine some are over in time.
    const looked = codes.filter(code => code === 'INVALID_CREDENTIALS').length;
    expect(looked).toBeGreaterThanOrEqual(5);
    expect(looked).toBeLessThanOrEqual(8);
    expect(codes.filter(code => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(30 - looked);
  });

  it.each<[string, (username: string) => string]>([
    ['as aliases', who => `mutation { ${[1, 2, 3].map(i => `a${i}: ${attempt(who, wrong)}`).join(' ')} }`],
    [
      'in a fragment',
      who =>
        `mutation { ...A } fragment A on Mutation { a: ${attempt(who, wrong)} b: ${attempt(who, wrong)} }`,
    ],
    [
      'in a fragment, twice',
      who =>
        `mutation { ...A ... on Mutation { b: ${attempt(who, wrong)} } } fragment A on Mutation { a: ${attempt(who, wrong)} }`,
    ],
    ['of two kinds', who => `mutation { refresh(refreshToken: "x") { accessToken } ${attempt(who, wrong)} }`],
    [
      'left out by a condition',
      who =>
        `mutation { a: ${attempt(who, wrong)} b: login(input: { username: "${who}", password: "${wrong}" }) @skip(if: true) { accessToken } }`,
    ],
  ])('one operation is one attempt: %s they are refused, and none is looked at', async (_, operation) => {
    const { username, password } = await somebody();
    for (let i = 0; i < 6; i++) {
      const { status, errors, data } = await send<unknown, object>(operation(username), {});
      expect([status, data]).toEqual([400, undefined]);
      expect(errors).toHaveLength(1);
      expect(errors![0]).toMatchObject({
        message: 'The operation exceeds the limit on sign-in attempts',
        extensions: {
          code: 'OPERATION_LIMIT_EXCEEDED',
          details: { limit: 'sign-in attempts', maximum: 1, actual: expect.any(Number) },
        },
      });
    }
    expect((await rest('POST', '/auth/login', { body: { username, password } })).status).toBe(200);
  });

  it('a batch of operations is no operation', async () => {
    const { username } = await somebody();
    const one = { query: `mutation { ${attempt(username, wrong)} }` };
    const { status, body } = await rest('POST', '/graphql', { body: [one, one] });
    const [error] = body['errors'] as unknown as { message: string; extensions: { code: string } }[];
    expect([status, error?.extensions.code, error?.message]).toEqual([
      400,
      'BAD_REQUEST',
      'Send one operation a request: batches are off',
    ]);
  });
});
