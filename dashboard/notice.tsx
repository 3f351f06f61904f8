import { RequestFailed } from './graphql-client';

/** Why the numbers on the page are not fresh; nothing while they are. */
export function Notice({ error }: { error: Error | undefined }) {
  return <div aria-live="polite">{error !== undefined && <p class="notice">{textOf(error)}</p>}</div>;
}

function textOf(error: Error): string {
  if (error instanceof RequestFailed) {
    return error.has('FORBIDDEN') || error.has('UNAUTHORIZED_FIELD_OR_TYPE')
      ? 'This account may not see this: it needs the permission monitoring:read'
      : error.message;
  }
  return 'The gateway cannot be reached. The page shows what it had, and tries again.';
}
