import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { ApiError } from '../api/api-error.js';
import { Button, ButtonLink } from '../design/button.js';
import { Empty, Failure, Loading } from '../design/states.js';
import { useReader } from '../strings/language.js';
import { PageTitle } from './page-title.js';

/** Shown while the session or a page's code loads. */
export function Waiting() {
  return (
    <main className="page" id="content">
      <Loading block />
    </main>
  );
}

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

/** Shown if a page cannot load the session or its code, or if its rendering fails. */
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

/** Shown if the connection is down, or if a deployment has renamed the page's script file. */
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

/** Recognises the messages of Vite and the browsers about a file that cannot be loaded. */
function isMissingCode(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  return /preload CSS|dynamically imported module|Importing a module script failed/i.test(message);
}
