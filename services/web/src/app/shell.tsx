import './shell.css';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouter, type RegisteredRouter } from '@tanstack/react-router';
import { useDeferredValue, useEffect } from 'react';
import { sessionQuery } from '../api/queries.js';
import { Icon, Mark, type IconName } from '../design/icon.js';
import { Loading } from '../design/states.js';
import { IntentsProvider } from '../intents/intents-context.js';
import { LiveFeedProvider } from '../live/live-feed-provider.js';
import { useReader } from '../strings/language.js';
import { ArrivalToasts } from './arrival-toasts.js';
import { Banners } from './banners.js';
import { OpenIntents } from './open-intents.js';
import { Preferences } from './preferences.js';
import { SignOut } from './sign-out.js';

const places = [
  ['/', 'overview'],
  ['/transfer', 'transfer'],
  ['/activity', 'activity'],
  ['/security', 'security'],
] as const satisfies readonly (readonly [string, IconName])[];

/** The frame of every page that requires a signed-in user: the menu, the live feed and the notices. */
export function Shell() {
  const { strings } = useReader();
  const { data } = useQuery(sessionQuery);
  // Render the frame first, so the browser stays responsive while the page renders.
  const isPageDue = useDeferredValue(true, false);
  useAllPages();
  if (!data) return null; // without a session, the router redirects to sign-in
  return (
    <IntentsProvider userId={data.user.id}>
      <LiveFeedProvider sessionId={data.session.id}>
        <div className="shell">
          <header className="shell__bar">
            <Link to="/" className="shell__brand">
              <Mark />
              {strings.appName}
            </Link>
            <Menu />
            <div className="shell__foot">
              <p className="shell__user" title={data.user.email}>
                <span className="visually-hidden">{strings.nav.signedInAs('')}</span>
                {data.user.displayName}
              </p>
              <Preferences />
              <SignOut />
            </div>
          </header>
          <main className="page" id="content">
            <Banners />
            <OpenIntents />
            {isPageDue ? <Outlet /> : <Loading block />}
          </main>
        </div>
        <ArrivalToasts />
      </LiveFeedProvider>
    </IntentsProvider>
  );
}

/** Loads the code of all pages after two seconds, so a page that the user opens later appears at once, even offline. */
function useAllPages(): void {
  const router = useRouter();
  useEffect(() => {
    const left = new AbortController();
    const timer = setTimeout(() => void loadAll(router, left.signal), 2_000);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [router]);
}

async function loadAll(router: RegisteredRouter, signal: AbortSignal): Promise<void> {
  for (const route of Object.values(router.routesById)) {
    if (signal.aborted) return;
    await router.loadRouteChunk(route)?.catch(() => undefined);
  }
}

function Menu() {
  const { strings } = useReader();
  return (
    <nav className="menu" aria-label={strings.nav.label}>
      <ul>
        {places.map(([to, name]) => (
          <li key={to}>
            <Link
              to={to}
              className="menu__place"
              activeProps={{ 'aria-current': 'page' }}
              activeOptions={{ exact: to === '/', includeSearch: false }}
            >
              <Icon name={name} />
              {strings.nav[name]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
