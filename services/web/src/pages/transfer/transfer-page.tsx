import './transfer.css';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { accountsQuery, type Account, type Transfer } from '../../api/queries.js';
import { PageTitle } from '../../app/page-title.js';
import { ButtonLink } from '../../design/button.js';
import { Empty, Loading, QueryGate } from '../../design/states.js';
import { newIntent } from '../../intents/intent.js';
import type { TransferOrder } from '../../intents/keyed-writes.js';
import { useReader } from '../../strings/language.js';
import { Receipt } from './receipt.js';
import { ReviewStep } from './review-step.js';
import { emptyDraft, type TransferDraft, type TransferIntent } from './transfer-draft.js';
import { TransferForm } from './transfer-form.js';

type Step = { name: 'form' } | { name: 'review'; intent: TransferIntent } | { name: 'done'; transfer: Transfer };

const route = getRouteApi('/signed-in/transfer');

export function TransferPage() {
  const { strings } = useReader();
  const accounts = useQuery(accountsQuery);
  return (
    <>
      <PageTitle>{strings.transfer.title}</PageTitle>
      <QueryGate query={accounts} loading={<Loading block />}>
        {accounts.data?.length === 0 ? (
          <section className="card">
            <Empty icon="account" title={strings.transfer.noAccountTitle} text={strings.transfer.noAccountText}>
              <ButtonLink to="/" look="primary">
                {strings.states.toOverview}
              </ButtonLink>
            </Empty>
          </section>
        ) : (
          accounts.data && <TransferSteps accounts={accounts.data} />
        )}
      </QueryGate>
    </>
  );
}

function TransferSteps({ accounts }: { accounts: Account[] }) {
  const { from } = route.useSearch();
  const [draft, setDraft] = useState<TransferDraft>(() => emptyDraft(accounts, from));
  const [step, setStep] = useState<Step>({ name: 'form' });

  const another = useCallback(() => {
    setDraft(emptyDraft(accounts, from));
    setStep({ name: 'form' });
  }, [accounts, from]);
  useComingAgain(step.name === 'done', another);

  function review(filled: TransferDraft, order: TransferOrder): void {
    setDraft(filled);
    // `newIntent` sets the idempotency key here. So every press of the button in the next step sends the same transfer.
    setStep({ name: 'review', intent: newIntent('transfer', order) });
  }

  return (
    <section className="card transfer">
      <Steps current={step.name} />
      {step.name === 'form' && <TransferForm accounts={accounts} draft={draft} onReview={review} />}
      {step.name === 'review' && (
        <ReviewStep
          accounts={accounts}
          intent={step.intent}
          onChange={() => setStep({ name: 'form' })}
          onDone={(transfer) => setStep({ name: 'done', transfer })}
        />
      )}
      {step.name === 'done' && <Receipt accounts={accounts} transfer={step.transfer} onAnother={another} />}
    </section>
  );
}

/** While the page shows a receipt, a click on "Transfer" in the menu starts a new transfer. */
function useComingAgain(isOver: boolean, begin: () => void): void {
  const router = useRouter();
  useEffect(() => {
    if (!isOver) return undefined;
    return router.subscribe('onBeforeNavigate', ({ pathChanged }) => {
      if (!pathChanged) begin();
    });
  }, [router, isOver, begin]);
}

function Steps({ current }: { current: Step['name'] }) {
  const { strings } = useReader();
  return (
    <ol className="steps">
      {(['form', 'review', 'done'] as const).map((name) => (
        <li key={name} className="steps__step" aria-current={name === current ? 'step' : undefined}>
          {strings.transfer.steps[name]}
        </li>
      ))}
    </ol>
  );
}
