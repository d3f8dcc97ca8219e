import './overlay.css';
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';
import { useReader } from '../strings/language.js';
import { Icon, type IconName } from './icon.js';

interface Toast {
  id: number;
  text: string;
  icon: IconName;
}

type ShowToast = (text: string, icon?: IconName) => void;

const ToastContext = createContext<ShowToast>(() => undefined);
const SHOWN_MS = 7_000;
const SHOWN_MAX = 3;

/** Returns a function that shows a short message for at most seven seconds. Screen readers announce the message. */
export function useToast(): ShowToast {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const { strings } = useReader();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const last = useRef(0);
  const close = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  const show = useCallback<ShowToast>(
    (text, icon = 'check') => {
      const id = (last.current += 1);
      setToasts((shown) => [...shown, { id, text, icon }].slice(-SHOWN_MAX));
      setTimeout(() => close(id), SHOWN_MS);
    },
    [close],
  );
  return (
    <ToastContext.Provider value={useMemo(() => show, [show])}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map(({ id, text, icon }) => (
          <div key={id} className="toast">
            <Icon name={icon} />
            <p>{text}</p>
            <button type="button" aria-label={strings.actions.close} onClick={() => close(id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </ToastContext.Provider>
  );
}
