const PATHS = {
  hash: 'M5 9h14M4 15h14M10 4 8 20M16 4l-2 16',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM20.5 20.5 16 16',
  sprout:
    'M12 21v-9M12 13c0-4-2.5-6.5-7.5-6.5C4.500 11 7.500 13 12 13ZM12 11c0-4.500 2.500-7.500 7.500-7.500 0 5-3 7.500-7.500 7.500Z',
  tree: 'M5 4v13a2 2 0 0 0 2 2h5M5 10h7M12 7h8v6h-8V7ZM12 16h8v5h-8v-5Z',
  layers: 'm12 3 9 5-9 5-9-5 9-5ZM3.500 12.500 12 17l8.500-4.500M3.500 16.500 12 21l8.500-4.500',
  up: 'M7 11v9H4v-9h3Zm0 0 4-8c1.500 0 2.500 1 2.500 2.500V9H19a2 2 0 0 1 2 2.300l-1.200 7A2 2 0 0 1 17.800 20H7',
  down: 'M17 13V4h3v9h-3Zm0 0-4 8c-1.500 0-2.500-1-2.500-2.500V15H5a2 2 0 0 1-2-2.300l1.200-7A2 2 0 0 1 6.200 4H17',
  pen: 'M4 20h4L19 9a2.800 2.800 0 0 0-4-4L4 16v4ZM13.500 6.500l4 4',
  why: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500v.01',
  reply: 'M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6v1',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.500 14.500a4.500 4.500 0 0 0 7 0M9 9.500v.01M15 9.500v.01',
  check: 'm5 13 4 4L19 7',
  undo: 'M4 9h10a6 6 0 0 1 0 12H8M4 9l5-5M4 9l5 5',
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  link: 'M14 5h5v5M19 5l-8 8M18 14v5H5V6h5',
} as const;

/** One stroke icon, decorative: the text beside it or the button's label says what it means. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="17" height="17" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
