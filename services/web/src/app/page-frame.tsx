import './shell.css';
import { Outlet } from '@tanstack/react-router';
import { useReader } from '../strings/language.js';

/** The frame of every page, with a link that lets keyboard users skip the menu. */
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
