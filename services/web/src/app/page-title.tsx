import { useEffect, useRef, type ReactNode } from 'react';
import { useReader } from '../strings/language.js';

/** Whether the user came from another page: the first page leaves the focus where the browser puts it. */
let isNavigated = false;

interface PageTitleProps {
  children: string;
  /** The visible heading, if it says more than the tab's title. */
  shown?: ReactNode;
}

/** The page's heading and the tab's title. It takes the focus, so that a screen reader announces the new page. */
export function PageTitle({ children, shown }: PageTitleProps) {
  const { strings } = useReader();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · ${strings.appName}`;
  }, [children, strings]);
  useEffect(() => {
    if (isNavigated) heading.current?.focus({ preventScroll: true });
    isNavigated = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {shown ?? children}
    </h1>
  );
}
