import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { ApiError } from '../api/api-error.js';
import { Button, ButtonLink } from '../design/button.js';
import { Empty, Failure, Loading } from '../design/states.js';
import { useReader } from '../strings/language.js';
import { PageTitle } from './page-title.js';

/** Shown while a page's code loads. */
export function Waiting() {
  return (
    <main className="page" id="content">
      <Loading block />
    </main>
  );
}

/** Shown for an address without a page. */
export function NotFound() {
  const { strings } = useReader();
  return (
    <main className="page" id="content">
      <PageTitle>{strings.states.notFoundTitle}</PageTitle>
      <Empty title={strings.states.notFoundTitle} text={strings.states.notFoundText}>
        <ButtonLink to="/">{strings.states.toOverview}</ButtonLink>
      </Empty>
    </main>
  );
}

/** Shown when a page could not start because data is missing, or when it failed. */
export function Crash({ error, reset }: ErrorComponentProps) {
  const { strings } = useReader();
  const router = useRouter();
  const queryClient = useQueryClient();
  if (error instanceof ApiError) {
    const retry = () => {
      void queryClient.resetQueries({ queryKey: ['session'] });
      reset();
      void router.invalidate();
    };
    return (
      <main className="page" id="content">
        <Failure error={error} retry={retry} />
      </main>
    );
  }
  if (isMissingCode(error)) return <MissingCode />;
  return (
    <main className="page" id="content">
      <Empty icon="alert" title={strings.states.crashTitle} text={strings.states.crashText}>
        <Button look="primary" onClick={() => location.reload()}>
          {strings.states.reload}
        </Button>
      </Empty>
    </main>
  );
}

/**
 * A page's code is a separate file: without a connection it cannot load, and after a deployment its name differs.
 * Loading the page again helps in both cases.
 */
function MissingCode() {
  const { strings } = useReader();
  useEffect(() => {
    const reload = () => location.reload();
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, []);
  return (
    <main className="page" id="content">
      <Empty icon="offline" title={strings.states.offlineTitle} text={strings.states.offlineText}>
        <Button onClick={() => location.reload()}>{strings.states.reload}</Button>
      </Empty>
    </main>
  );
}

/** The messages of Vite and the browsers. */
function isMissingCode(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  return /preload CSS|dynamically imported module|Importing a module script failed/i.test(message);
}
