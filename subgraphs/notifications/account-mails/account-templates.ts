import type { TemplateText } from '../tables';

export const accountMails = [
  'verification',
  'passwordReset',
  'invitation',
  'newSignIn',
  'passwordChanged',
  'factorChanged',
  'activationChanged',
  'deleted',
] as const;
export type AccountMail = (typeof accountMails)[number];
export const mailLocales = ['en', 'es'] as const;
export type MailLocale = (typeof mailLocales)[number];

type Texts = Omit<TemplateText, 'locale'>;

const page = (...paragraphs: string[]): string =>
  [
    '<!doctype html><html><head><meta charset="utf-8"></head>',
    '<body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:36em;margin:2em auto;padding:0 1em">',
    ...paragraphs.map(each => `<p>${each}</p>`),
    '</body></html>',
  ].join('\n');

const button = (label: string): string =>
  `<a href="{{ link }}" style="display:inline-block;padding:.6em 1.2em;background:#1a56db;color:#fff;text-decoration:none;border-radius:.3em">${label}</a>`;

const withLink = (subject: string, greeting: string, reason: string, label: string, end: string): Texts => ({
  subjectTemplate: subject,
  contentTemplate: page(greeting, reason, button(label), end),
});

const notice = (subject: string, greeting: string, fact: string, advice: string): Texts => ({
  subjectTemplate: subject,
  contentTemplate: page(greeting, fact, advice),
});

const hello = 'Hello {{ username }},';
const hola = 'Hola, {{ username }}:';
const where = '{% if device != "" %} ({{ device }}, {{ address }}){% endif %}';
const notYou = 'If this was not you, reset your password now and end your other sessions.';
const noEresTu = 'Si no has sido tú, restablece tu contraseña ahora y cierra tus otras sesiones.';

/** The mails of accounts. Their variables are `username`, and `link`, or `device`, `address` and `change`; `deleted` has none. */
export const accountTemplates: Record<MailLocale, Record<AccountMail, Texts>> = {
  en: {
    verification: withLink(
      'Verify your email address',
      hello,
      'please confirm that this is your email address.',
      'Verify email address',
      'The link works once. If you did not create an account, ignore this email.',
    ),
    passwordReset: withLink(
      'Reset your password',
      hello,
      'somebody asked for a new password for your account.',
      'Choose a new password',
      'The link works once and expires soon. If you did not ask for it, ignore this email: your password stays as it is.',
    ),
    invitation: withLink(
      'You are invited',
      hello,
      'an account was created for you. Choose a password to use it.',
      'Accept the invitation',
      'The link works once. If you do not expect this invitation, ignore this email.',
    ),
    newSignIn: notice(
      'New sign-in to your account',
      hello,
      `your account was used from a new device or network${where}.`,
      notYou,
    ),
    passwordChanged: notice(
      'Your password was changed',
      hello,
      `the password of your account was changed${where}, and your other sessions have ended.`,
      notYou,
    ),
    factorChanged: notice(
      'Your two-step sign-in was changed',
      hello,
      `{% case change %}{% when "enabled" %}two-step sign-in was turned on{% when "disabled" %}two-step sign-in was turned off{% when "recoveryCodeUsed" %}a recovery code was used to sign in{% else %}new recovery codes were created{% endcase %} for your account${where}.`,
      notYou,
    ),
    activationChanged: notice(
      'Your account was {% if change == "suspended" %}suspended{% else %}reactivated{% endif %}',
      hello,
      '{% if change == "suspended" %}your account was suspended: your sessions have ended, and you cannot sign in{% else %}your account was reactivated: you can sign in again{% endif %}.',
      'If you do not know why, ask the operator of this service.',
    ),
    deleted: notice(
      'Your account was deleted',
      'Hello,',
      'your account was deleted, with the data that belonged to it. This is the last message about it, and this address is forgotten once it is delivered.',
      'If this was not you and you do not know why, ask the operator of this service.',
    ),
  },
  es: {
    verification: withLink(
      'Verifica tu dirección de correo',
      hola,
      'confirma, por favor, que esta es tu dirección de correo.',
      'Verificar la dirección',
      'El enlace funciona una sola vez. Si no has creado una cuenta, ignora este mensaje.',
    ),
    passwordReset: withLink(
      'Restablece tu contraseña',
      hola,
      'alguien ha pedido una contraseña nueva para tu cuenta.',
      'Elegir una contraseña nueva',
      'El enlace funciona una sola vez y caduca pronto. Si no la has pedido, ignora este mensaje: tu contraseña no cambia.',
    ),
    invitation: withLink(
      'Tienes una invitación',
      hola,
      'se ha creado una cuenta para ti. Elige una contraseña para usarla.',
      'Aceptar la invitación',
      'El enlace funciona una sola vez. Si no esperas esta invitación, ignora este mensaje.',
    ),
    newSignIn: notice(
      'Nuevo inicio de sesión en tu cuenta',
      hola,
      `tu cuenta se ha usado desde un dispositivo o una red nuevos${where}.`,
      noEresTu,
    ),
    passwordChanged: notice(
      'Tu contraseña ha cambiado',
      hola,
      `la contraseña de tu cuenta ha cambiado${where} y tus otras sesiones se han cerrado.`,
      noEresTu,
    ),
    factorChanged: notice(
      'Tu verificación en dos pasos ha cambiado',
      hola,
      `{% case change %}{% when "enabled" %}se ha activado la verificación en dos pasos{% when "disabled" %}se ha desactivado la verificación en dos pasos{% when "recoveryCodeUsed" %}se ha usado un código de recuperación para entrar{% else %}se han creado códigos de recuperación nuevos{% endcase %} en tu cuenta${where}.`,
      noEresTu,
    ),
    activationChanged: notice(
      'Tu cuenta ha sido {% if change == "suspended" %}suspendida{% else %}reactivada{% endif %}',
      hola,
      '{% if change == "suspended" %}tu cuenta ha sido suspendida: tus sesiones se han cerrado y no puedes iniciar sesión{% else %}tu cuenta ha sido reactivada: puedes iniciar sesión de nuevo{% endif %}.',
      'Si no sabes por qué, pregunta al operador de este servicio.',
    ),
    deleted: notice(
      'Tu cuenta ha sido eliminada',
      'Hola:',
      'tu cuenta ha sido eliminada, con los datos que le pertenecían. Este es el último mensaje sobre ella, y esta dirección se olvida cuando se haya entregado.',
      'Si no has sido tú y no sabes por qué, pregunta al operador de este servicio.',
    ),
  },
};
