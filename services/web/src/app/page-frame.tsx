import './shell.css';
import { Outlet } from '@tanstack/react-router';
import { useReader } from '../strings/language.js';

/** Every page has a link with which keyboard users skip the menu. */
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
