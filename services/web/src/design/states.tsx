import './surface.css';
import { useDeferredValue, type ReactNode } from 'react';
import { ApiError } from '../api/api-error.js';
import { useReader } from '../strings/language.js';
import { errorText } from '../strings/error-text.js';
import { useCountdown } from '../time/use-countdown.js';
import { Button, ButtonLink } from './button.js';
import { Icon, type IconName } from './icon.js';

interface EmptyProps {
  icon?: IconName;
  title: string;
  text?: ReactNode;
  children?: ReactNode;
}

/** Shown if a list or a page has no content. `children` can offer a next step. */
export function Empty({ icon = 'empty', title, text, children }: EmptyProps) {
  return (
    <div className="empty">
      <span className="empty__sign">
        <Icon name={icon} />
      </span>
      <h3>{title}</h3>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

export function Loading({ lines = 3, block }: { lines?: number; block?: boolean }) {
  const { strings } = useReader();
  return (
    <div role="status">
      <span className="visually-hidden">{strings.states.loading}</span>
      {block ? (
        <span className="skeleton skeleton--block" />
      ) : (
        Array.from({ length: lines }, (_, index) => <span key={index} className="skeleton skeleton--line" />)
      )}
    </div>
  );
}

interface ReadableQuery {
  error: Error | null;
  fetchStatus: string;
  data: unknown;
  refetch: () => Promise<unknown>;
}

interface QueryGateProps {
  query: ReadableQuery;
  loading?: ReactNode;
  children: ReactNode;
}

/** Shows `children` once the query has data. Before that, shows why the data is missing. */
export function QueryGate({ query, loading, children }: QueryGateProps) {
  const { strings } = useReader();
  const isHere = query.data !== undefined;
  // Render the first data in small steps, so the browser stays responsive.
  if (useDeferredValue(isHere) && isHere) return children;
  if (isHere) return loading ?? <Loading />;
  if (query.fetchStatus === 'paused') {
    return <Empty icon="offline" title={strings.states.offlineTitle} text={strings.states.offlineText} />;
  }
  if (!query.error) return loading ?? <Loading />;
  return <Failure error={query.error} retry={() => void query.refetch()} />;
}

/** Shows why data could not be loaded. After a 429, the user can retry when a countdown has ended. */
export function Failure({ error, retry }: { error: Error | null; retry: () => void }) {
  const { strings } = useReader();
  const failure = error instanceof ApiError ? error : undefined;
  if (failure?.code === 'rate_limited') return <Limited until={failure.retryAt} retry={retry} />;
  if (failure?.code === 'not_found') {
    return (
      <Empty title={strings.states.notFoundTitle} text={strings.states.notFoundText}>
        <ButtonLink to="/">{strings.states.toOverview}</ButtonLink>
      </Empty>
    );
  }
  return (
    <div role="alert">
      <Empty icon="alert" title={strings.states.errorTitle} text={errorText(error, strings)}>
        <Button onClick={retry}>{strings.actions.retry}</Button>
        {failure?.requestId && <p className="small mono">{strings.states.requestId(failure.requestId)}</p>}
      </Empty>
    </div>
  );
}

function Limited({ until, retry }: { until: number | undefined; retry: () => void }) {
  const { strings } = useReader();
  const { left, text } = useCountdown(until);
  return (
    <Empty icon="clock" title={strings.states.limitedTitle} text={strings.states.limited(text)}>
      {left === 0 && <Button onClick={retry}>{strings.actions.retry}</Button>}
    </Empty>
  );
}
