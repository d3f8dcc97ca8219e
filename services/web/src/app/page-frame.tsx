import './shell.css';
import { Outlet } from '@tanstack/react-router';
import { useReader } from '../strings/language.js';

/** Around every page: the link that skips the menu. */
export function PageFrame() {
  const { strings } = useReader();
  return (
    <>
      <a className="skip" href="#content">
        {strings.skipToContent}
      </a>
      <Outlet />
    </>
  );
}
