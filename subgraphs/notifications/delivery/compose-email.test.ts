import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { composeEmail, type Email, isComposable } from './compose-email';

const base: Email = {
  from: 'no-reply@mail.example.com',
  to: 'ada@example.com',
  subject: 'Hello',
  messageId: '<1@mail.example.com>',
  date: new Date('2026-03-29T01:30:00Z'),
  headers: { 'Auto-Submitted': 'auto-generated' },
  text: 'Hello',
};
const words = 'Schöne Grüße aus Zürich, mit viel Text in einer Zeile, die lang ist. ';

const emails: Record<string, Partial<Email>> = {
  'plain text': {},
  'HTML with a text part': { text: 'Hello', html: '<p>Hello</p>' },
  'HTML without any text': { text: '', html: '<img src="https://example.com/a.png">' },
  'umlauts and emoji': {
    subject: 'Grüße 🎈 für Zoë',
    text: 'Grüße 🎈 für Zoë',
    html: '<p style="color: red">Grüße 🎈 <b>für</b> Zoë</p>',
  },
  'a text of emoji only': { subject: '🎈'.repeat(60), text: '👩‍👩‍👧‍👦🎈'.repeat(200) },
  'a long text that is not Latin': {
    subject: 'こんにちは '.repeat(20).trim(),
    text: 'こんにちは、世界。'.repeat(300),
  },
  'long lines of words': { text: words.repeat(50), html: `<p>${words.repeat(50)}</p>` },
  'long lines without a space': { text: 'a'.repeat(5_000), html: `<p>${'ä'.repeat(5_000)}</p>` },
  'a line that is just too long for mail programs': { text: `${'a'.repeat(77)}\n${'b'.repeat(76)}` },
  'a long subject': { subject: 'The quick brown fox jumps over the lazy dog '.repeat(5).trim() },
  'a long subject without a space': { subject: 'x'.repeat(255) },
  'a subject with quotes': { subject: 'He said "yes", \\o/ <b>' },
  'a subject that looks encoded': { subject: 'see =?utf-8?Q?a b?= here' },
  'a subject with spaces at its ends': { subject: ' – Grüße – ' },
  'line ends of every kind': { text: 'one\ntwo\r\nthree\rfour\n\n\nfive\n' },
  'spaces at line ends': { text: 'one  \ntwo\t\nthree ü \nfour ' },
  'equals signs': { text: 'a=b&c=3D=\nü=' },
  'control characters': { text: 'bell \u0007 and escape \u001b[31m' },
  'lines of dots': { text: '.\n..\n...\n.\r\n.\r\nQUIT', html: '<pre>.\n.</pre>' },
  'lines of a mailbox and of a boundary': { text: 'From me\n--=_1\n--\n', html: '--=_1--' },
  'a sender with a name': { from: 'Grüße, "Plinth" <no-reply@mail.example.com>' },
  'a long link to unsubscribe': {
    headers: { 'List-Unsubscribe': `<https://example.com/?token=${'x'.repeat(300)}>` },
  },
};

const parse = async (bytes: Buffer) => {
  const { headers, from, to, subject, messageId, date, text, html } = await simpleParser(bytes, {
    skipHtmlToText: true,
    skipTextToHtml: true,
  });
  const others = ['auto-submitted', 'list-unsubscribe', 'list', 'mime-version'].map(name =>
    headers.get(name),
  );
  return { others, from: from?.value, to, subject, messageId, date, text, html };
};
/** The lines of a text; a mail ends with one more. */
const linesOf = (text: string | false | undefined) =>
  (text || '').replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n');

describe('an email that is written at once', () => {
  it.each(Object.entries(emails))('says the same as that of nodemailer: %s', async (_name, changes) => {
    const email = { ...base, ...changes };
    const { text, html, ...fields } = await parse(composeEmail(email));
    const theirs = await parse(await new MailComposer(email).compile().build());
    expect(fields).toEqual({
      others: theirs.others,
      from: theirs.from,
      to: theirs.to,
      subject: theirs.subject,
      messageId: email.messageId,
      date: email.date,
    });
    expect([linesOf(text), linesOf(html)]).toEqual([linesOf(email.text), linesOf(email.html)]);
    expect([linesOf(text), linesOf(html)]).toEqual([linesOf(theirs.text), linesOf(theirs.html)]);
  });

  it.each(Object.entries(emails))('has the form that every server takes: %s', (_name, changes) => {
    const bytes = composeEmail({ ...base, ...changes });
    const lines = bytes.toString('latin1').split('\r\n');
    expect(lines.at(-1)).toBe('');
    // RFC 5322 §2.1.1 and §2.3: ASCII, no CR or LF by itself, no line of more than 998 characters.
    for (const line of lines) expect(line).toMatch(/^[\t -~]{0,998}$/);
  });

  it('keeps a line break in a subject from making a header', async () => {
    const subject = 'Hello\r\nBcc: eve@example.com\r\n\r\nBody';
    for (const each of [
      subject,
      `ü ${subject}`,
      subject.replaceAll('\r', ''),
      subject.replaceAll('\n', ''),
    ]) {
      const mail = await simpleParser(composeEmail({ ...base, subject: each }));
      expect(mail.bcc).toBeUndefined();
      expect(mail.subject).toBe(each.replace(/\r\n|[\r\n]/g, ' '));
      expect(mail.text).toBe('Hello\n');
    }
  });

  it('is left to nodemailer where the address needs another form', () => {
    for (const plain of ['ada@example.com', 'ada.b+c@mail.example.com', "o'neil@example.com", 'a@localhost'])
      expect([plain, isComposable(plain)]).toEqual([plain, true]);
    for (const other of [
      'a..b@example.com',
      '.a@example.com',
      '"a b"@example.com',
      'ada@bücher.example',
      'ädä@example.com',
      'ada@example.com\r\nBcc: eve@example.com',
      'ada@example.com, eve@example.com',
      'ada@[127.0.0.1]',
      'ada',
    ])
      expect([other, isComposable(other)]).toEqual([other, false]);
  });
});
