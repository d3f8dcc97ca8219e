import { useEffect, useRef, type ReactNode } from 'react';
import { useReader } from '../strings/language.js';

/** False on the first page, which must not move the focus. */
let isNavigated = false;

interface PageTitleProps {
  children: string;
  /** The visible heading, if it differs from the tab's title. */
  shown?: ReactNode;
}

/** Sets the page's heading and the tab's title. After a navigation, the heading receives the focus. */
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
