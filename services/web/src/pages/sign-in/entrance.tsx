import './entrance.css';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Preferences } from '../../app/preferences.js';
import { Mark } from '../../design/icon.js';
import { useReader } from '../../strings/language.js';

/**
 * Horizontal positions in the drawing of a mast with ropes. `mast` is the position of the mast, and `stays` are the
 * positions of the ropes' lower ends. The drawing is 100 units wide, and some ropes end outside the drawing.
 */
const mast = 62;
const stays = [-10, 4, 18, 32, 46, 78, 92, 106, 120];

/** The layout of the sign-in page and the registration page. */
export function Entrance({ children }: { children: ReactNode }) {
  const { strings } = useReader();
  return (
    <div className="entrance">
      <div className="entrance__form">
        <header className="entrance__top">
          <Link to="/" className="shell__brand">
            <Mark />
            {strings.appName}
          </Link>
          <Preferences />
        </header>
        <main className="entrance__main" id="content">
          {children}
        </main>
      </div>
      <aside className="entrance__art">
        <Rigging />
        <p className="entrance__claim">{strings.signIn.claim}</p>
        <p className="entrance__text">{strings.signIn.claimText}</p>
      </aside>
    </div>
  );
}

function Rigging() {
  return (
    <svg className="rigging" viewBox="0 0 100 100" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      {stays.map((foot) => (
        <path key={foot} className="rigging__stay" vectorEffect="non-scaling-stroke" d={`M${mast} 8 L${foot} 72`} />
      ))}
      <path className="rigging__mast" vectorEffect="non-scaling-stroke" d={`M${mast} 6 V72`} />
      {[72, 75, 79, 84].map((depth, index) => (
        <path
          key={depth}
          className="rigging__sea"
          vectorEffect="non-scaling-stroke"
          opacity={0.6 - index * 0.14}
          d={`M-5 ${depth} q 10 -2 20 0 t 20 0 t 20 0 t 20 0 t 20 0 t 20 0`}
        />
      ))}
    </svg>
  );
}
