import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { GraphPage } from './graph-page';
import { LogsPage } from './logs-page';
import { OverviewPage } from './overview-page';
import { refresh, signOut } from './session';
import { SignIn } from './sign-in';
import { ThemeButton } from './theme-button';
import { TracePage } from './trace-page';

const tabs = { overview: 'Overview', logs: 'Logs', traces: 'Traces', graph: 'Graph' } as const;
type Tab = keyof typeof tabs;

/** The tab and the trace, in the address after `#`, so that a page can be linked to and the back button works. */
function placeOf(hash: string): { tab: Tab; trace: string } {
  const [tab = '', trace = ''] = hash.replace(/^#/, '').split('/');
  return { tab: Object.hasOwn(tabs, tab) ? (tab as Tab) : 'overview', trace };
}

type SessionState = 'unknown' | 'signed-in' | 'signed-out';

export function Page() {
  const [session, setSession] = useState<SessionState>('unknown');
  useEffect(() => {
    void refresh().then(
      isSignedIn => setSession(isSignedIn ? 'signed-in' : 'signed-out'),
      () => setSession('signed-out'),
    );
  }, []);
  const onSignedOut = useCallback(() => setSession('signed-out'), []);
  if (session === 'unknown') return <p class="empty">Loading…</p>;
  if (session === 'signed-out') return <SignIn onSignedIn={() => setSession('signed-in')} />;
  return <Dashboard onSignedOut={onSignedOut} />;
}

function Dashboard({ onSignedOut }: { onSignedOut: () => void }) {
  const [place, setPlace] = useState(placeOf(location.hash));
  useEffect(() => {
    const follow = () => setPlace(placeOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const showTrace = (id: string) => {
    location.hash = `traces/${id}`;
  };
  const leave = () => {
    void signOut().catch(() => {});
    onSignedOut();
  };
  return (
    <>
      <header>
        <h1>Plinth dashboard</h1>
        <nav aria-label="Pages">
          {Object.entries(tabs).map(([tab, title]) => (
            <a key={tab} href={`#${tab}`} {...(tab === place.tab ? { 'aria-current': 'page' as const } : {})}>
              {title}
            </a>
          ))}
        </nav>
        <ThemeButton />
        <button type="button" onClick={leave}>
          Sign out
        </button>
      </header>
      <Main title={tabs[place.tab]}>
        {place.tab === 'overview' && <OverviewPage onTrace={showTrace} onSignedOut={onSignedOut} />}
        {place.tab === 'logs' && <LogsPage onTrace={showTrace} onSignedOut={onSignedOut} />}
        {place.tab === 'traces' && (
          <TracePage id={place.trace} onTrace={showTrace} onSignedOut={onSignedOut} />
        )}
        {place.tab === 'graph' && <GraphPage onSignedOut={onSignedOut} />}
      </Main>
    </>
  );
}

function Main({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="page" aria-label={title}>
      {children}
    </main>
  );
}
