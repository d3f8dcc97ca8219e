import { useState } from 'react';
import { readSession } from '../api/client.js';
import { signOut } from '../api/commands.js';
import { announceSignOut } from '../api/session-events.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { Icon } from '../design/icon.js';
import { useToast } from '../design/toasts.js';
import { useIntents, useStoredIntents } from '../intents/intents-context.js';
import { errorText } from '../strings/error-text.js';
import { useReader } from '../strings/language.js';

/** If the reply of `signOut` is lost, the session may have ended, so check the session before reporting an error. */
async function endSession(): Promise<void> {
  try {
    await signOut();
  } catch (error) {
    if (await readSession()) throw error;
  }
}

/** Ends the session and removes the user's intents from the browser. If there are intents, a warning comes first. */
export function SignOut() {
  const { strings } = useReader();
  const toast = useToast();
  const { store } = useIntents();
  const open = useStoredIntents();
  const [isAsking, setAsking] = useState(false);
  const end = () => {
    setAsking(false);
    const ended = endSession().then(() => store.clear());
    announceSignOut(ended);
    ended.catch((error: unknown) => toast(errorText(error, strings), 'alert'));
  };
  return (
    <>
      <Button
        look="quiet"
        iconOnly
        aria-label={strings.nav.signOut}
        title={strings.nav.signOut}
        onClick={() => (open.length === 0 ? end() : setAsking(true))}
      >
        <Icon name="sign-out" />
      </Button>
      {isAsking && (
        <Dialog title={strings.signOut.title} onClose={() => setAsking(false)}>
          <p>{strings.signOut.text}</p>
          <div className="dialog__actions">
            <Button onClick={() => setAsking(false)}>{strings.signOut.stay}</Button>
            <Button look="danger" onClick={end}>
              {strings.signOut.forget}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
