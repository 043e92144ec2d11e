/** Three people, connected: the product's sign. Decorative. */
export const Logo = ({ size = 28 }: { size?: number }) => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
    <path d="M16 7 6.5 23.5h19z" fill="none" stroke="#8d97b8" strokeWidth="2" />
    <circle cx="16" cy="7" r="5" fill="#3b5bdb" />
    <circle cx="6.5" cy="23.5" r="5" fill="#b8500a" />
    <circle cx="25.5" cy="23.5" r="5" fill="#087f5b" />
  </svg>
);
