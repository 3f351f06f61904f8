import { randomUUID } from 'node:crypto';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications();

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

describe('a template', () => {
  it('is rendered in the best language with escaped variables, and a notification keeps its version', async () => {
    const token = notifications.tokenWith('templates:read', 'templates:write', 'notifications:send');
    const name = `welcome-${randomUUID().slice(0, 8)}`;
    const input = {
      name,
      channel: 'EMAIL',
      subjectTemplate: 'Hello {{ name }}',
      contentTemplate: '<p>Hello {{ name }}</p>',
      variables: ['name'],
      translations: [
        { locale: 'pt', subjectTemplate: 'Olá {{ name }}', contentTemplate: '<p>Olá {{ name }}</p>' },
      ],
    };
    const create = (changes: object) =>
      notifications.graphql<{ createTemplate: { id: string } }>(
        token,
        'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id version } }',
        { input: { ...input, ...changes } },
      );
    const { data } = await create({});
    const { id } = data.createTemplate;
    expect((await create({})).code).toBe('TEMPLATE_NAME_TAKEN');
    expect((await create({ name: 'other', contentTemplate: '{{ surname }}' })).details).toEqual([
      { field: 'contentTemplate', message: 'uses variables that are not declared: surname' },
    ]);
    expect((await create({ name: 'other', contentTemplate: '{% if %}' })).details).toEqual([
      { field: 'contentTemplate', message: expect.stringContaining('cannot be rendered') },
    ]);

    const send = (variables: object) =>
      notifications.trySend(
        { channel: 'EMAIL', recipient: newAddress(), template: name, variables, locale: 'pt-BR' },
        token,
      );
    expect((await send({ surname: 'x' })).details).toEqual([
      { field: 'variables.name', message: 'is required by the template' },
      { field: 'variables.surname', message: 'is not declared by the template' },
    ]);
    const sent = (await send({ name: '<b>Ada</b>\r\nBcc: eve@example.com' })).data.sendNotification![0]!;
    expect(sent.subject).toBe('Olá <b>Ada</b> Bcc: eve@example.com');
    expect(sent.content).toContain('&lt;b&gt;Ada&lt;/b&gt;');

    const { variables: _variables, channel: _channel, ...texts } = input;
    const update = (version: number) =>
      notifications.graphql(
        token,
        'mutation ($id: ID!, $version: Int!, $input: UpdateTemplateInput!) { updateTemplate(id: $id, version: $version, input: $input) { version } }',
        {
          id,
          version,
          input: { ...texts, subjectTemplate: 'New', contentTemplate: 'New', translations: [] },
        },
      );
    expect((await update(1)).data).toEqual({ updateTemplate: { version: 2 } });
    expect((await update(1)).code).toBe('VERSION_CONFLICT');
    const query = 'query ($id: ID!) { notification(id: $id) { templateId templateVersion subject } }';
    expect((await notifications.graphql(token, query, { id: sent.id })).data).toEqual({
      notification: { templateId: id, templateVersion: 1, subject: sent.subject },
    });
    const preview = 'query ($id: ID!) { previewTemplate(id: $id) { subject content } }';
    expect((await notifications.graphql(token, preview, { id })).data).toEqual({
      previewTemplate: { subject: 'New', content: 'New' },
    });
    const remove = 'mutation ($id: ID!) { deleteTemplate(id: $id) }';
    expect((await notifications.graphql(token, remove, { id })).data).toEqual({ deleteTemplate: true });
    expect((await create({})).code).toBeUndefined();
  });

  it('speaks the language of each user’s profile, unless the sender names one', async () => {
    const token = notifications.tokenWith('templates:write', 'notifications:send');
    const name = `news-${randomUUID().slice(0, 8)}`;
    const input = {
      name,
      channel: 'IN_APP',
      contentTemplate: 'Hello',
      translations: [
        { locale: 'es', contentTemplate: 'Hola' },
        { locale: 'pt', contentTemplate: 'Olá' },
      ],
    };
    await notifications.graphql(
      token,
      'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }',
      { input },
    );
    const userIn = async (locale: string | null) => {
      const { userId } = await notifications.register();
      await notifications.tellContact({ userId, locale });
      return userId;
    };
    const recipients = [
      await userIn('es-MX'),
      await userIn('pt'),
      await userIn('pt-BR'),
      await userIn('fr'),
      await userIn(null),
    ];
    const texts = async (changes: object) => {
      const { data } = await notifications.trySend(
        { channel: 'IN_APP', template: name, recipients, ...changes },
        token,
      );
      return data.sendNotification!.map(({ content }) => content);
    };
    expect(await texts({})).toEqual(['Hola', 'Olá', 'Olá', 'Hello', 'Hello']);
    expect(await texts({ locale: 'es' })).toEqual(['Hola', 'Hola', 'Hola', 'Hola', 'Hola']);
  });

  it('is refused when it would take all the time or memory, and the service goes on', async () => {
    const token = notifications.tokenWith('templates:read', 'templates:write', 'notifications:send');
    const hostile = [
      '{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}',
      "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}",
      '{% if true %}'.repeat(3_000),
      '{{ (1..100000000) | join }}',
      "{% assign a = '' %}{% for i in (1..100000) %}{% assign a = a | append: 'xxxxxxxxxxxxxxxxxxxx' | split: '' | join: 'y' %}{% endfor %}",
    ];
    for (const [at, contentTemplate] of hostile.entries()) {
      const { data, code } = await notifications.graphql<{ createTemplate: { id: string } | null }>(
        token,
        'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }',
        { input: { name: `hostile-${at}`, channel: 'SMS', contentTemplate } },
      );
      const id = data.createTemplate?.id;
      const refused =
        id === undefined
          ? code
          : (
              await notifications.graphql(
                token,
                'query ($id: ID!) { previewTemplate(id: $id) { content } }',
                { id },
              )
            ).code;
      expect(refused).toBe('VALIDATION_FAILED');
    }
    await notifications.settled((await notifications.send({ ...hello, recipient: newAddress() })).id);
  });
});
