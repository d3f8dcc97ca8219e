import { useEffect, useState } from 'react';
import { useReader } from '../strings/language.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

const SHOWN_MS = 2_000;

/** Copies a text to the clipboard, and shows and announces the success for two seconds. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { strings } = useReader();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  // Browsers offer the clipboard only over HTTPS or on localhost.
  if (!('clipboard' in navigator)) return null;
  return (
    <>
      <Button
        look="quiet"
        iconOnly
        aria-label={label}
        title={label}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      >
        <Icon name={copied ? 'check' : 'copy'} />
      </Button>
      <span role="status" className="visually-hidden">
        {copied ? strings.actions.copied : ''}
      </span>
    </>
  );
}
