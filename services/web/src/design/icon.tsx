/** SVG paths on a grid of 24 × 24. The stroke has the colour of the text. */
const paths = {
  overview: 'M4 11.5 12 5l8 6.5V19a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z',
  transfer: 'M4 8h15m0 0-4-4m4 4-4 4M20 16H5m0 0 4-4m-4 4 4 4',
  activity: 'M3 12h4l2.5-7 5 14L17 12h4',
  security: 'M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.5 7-10V6zM9 12l2 2 4-4',
  'sign-out': 'M10 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h4m5-4 4-4-4-4m4 4H10',
  plus: 'M12 5v14M5 12h14',
  copy: 'M9 9h10v11H9zM15 9V5a1 1 0 0 0-1-1H5v11h4',
  check: 'm5 12.5 4.5 4.5L19 7',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'M12 4v12m0 0-5-5m5 5 5-5M5 20h14',
  arrive: 'M17 7 7 17m0 0h7m-7 0v-7',
  leave: 'M7 17 17 7m0 0h-7m7 0v7',
  back: 'M19 12H5m0 0 6-6m-6 6 6 6',
  next: 'm9 5 7 7-7 7',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2m0 16v2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4M2 12h2m16 0h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  system: 'M4 5h16v11H4zM9 20h6m-3-4v4',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  'eye-off':
    'M4 4l16 16M10 6a9 9 0 0 1 2-.2c6 0 9.500 6.200 9.500 6.200a16 16 0 0 1-2.500 3.200M6.500 7.500A16 16 0 0 0 2.500 12S6 18.500 12 18.500c1.500 0 2.900-.4 4-1',
  key: 'M14.500 4a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11M10.500 13.500 4 20m3-3 2.500 2.500',
  device: 'M4 5h16v11H4zM2 19h20',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
  account: 'M3 10h18M5 6h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2zM7 15h4',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.500 20.500c1-4 4-5.500 7.500-5.500s6.500 1.500 7.500 5.500',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.500l3 2',
  offline:
    'M4 4l16 16M8.500 13.500A5 5 0 0 1 12 12m4.500 2.500M5 10a11 11 0 0 1 4-2.500M12 7a11 11 0 0 1 7 3M12 18h.01',
  empty: 'M4 13 6.500 5h11L20 13v6H4zM4 13h5l1.500 2.500h3L15 13h5',
  alert: 'M12 4 3 20h18zM12 10v4.500m0 2.500v.01',
  language: 'M4 6h9M8.500 4v2c0 4-2 7-5 8.500M6 9.500c1 2.500 3 4 6 5M12.500 20 17 9.500 21.500 20M14 17h6',
} as const;

export type IconName = keyof typeof paths;

/** Screen readers skip the icon, because they read the text next to the icon, or the name of its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** The logo: a mast and the ropes that hold it. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className="mark__hull" width="32" height="32" rx="8" />
      <path className="mark__stays" d="M16 7 7 25h18L16 7Z" />
      <path className="mark__mast" d="M16 6v19" />
    </svg>
  );
}
