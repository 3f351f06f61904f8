import type { TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import { type SignIn as Outcome, sendCode, signIn } from './session';

/** Username and password, then the code of the second factor where the account has one. */
export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const [challenge, setChallenge] = useState<string>();
  const [message, setMessage] = useState('');
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const field = (name: string) => String(fields.get(name) ?? '');
    setBusy(true);
    setMessage('');
    const outcome = await (challenge === undefined
      ? signIn(field('username'), field('password'))
      : sendCode(challenge, field('code').trim())
    ).catch((): Outcome => ({ kind: 'refused', message: 'The gateway cannot be reached' }));
    setBusy(false);
    if (outcome.kind === 'signed-in') onSignedIn();
    else if (outcome.kind === 'code-needed') setChallenge(outcome.challenge);
    else setMessage(outcome.message);
  };

  return (
    <main class="sign-in">
      <h1>Plinth dashboard</h1>
      <form onSubmit={event => void submit(event)}>
        {challenge === undefined ? (
          <>
            <label>
              Username or email
              <input name="username" autocomplete="username" required />
            </label>
            <label>
              Password
              <input name="password" type="password" autocomplete="current-password" required />
            </label>
          </>
        ) : (
          <label>
            Code of your authenticator app, or a recovery code
            <input key="code" name="code" autocomplete="one-time-code" required />
          </label>
        )}
        <button type="submit" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        <p role="alert">{message}</p>
      </form>
      <p>
        The account needs the permission <code>monitoring:read</code>, which administrators have.
      </p>
    </main>
  );
}
