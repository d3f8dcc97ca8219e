import './shell.css';
import { Outlet } from '@tanstack/react-router';
import { useReader } from '../strings/language.js';

/** Adds the link that skips the menu to every page. */
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
