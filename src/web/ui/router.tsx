// Which page is shown: the path of the address, kept in step with the browser's history.
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react';

const subscribe = (onChange: () => void) => {
  window.addEventListener('popstate', onChange);
  return () => window.removeEventListener('popstate', onChange);
};

export const usePath = (): string => useSyncExternalStore(subscribe, () => window.location.pathname);

/** The decoded parts of the path: `/console/rooms/x` gives `['console', 'rooms', 'x']`. */
export const partsOf = (path: string): string[] =>
  path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });

/** Asked before what is shown is left for another page of the app; false stays. */
let mayLeave: (() => boolean) | undefined;

/** One form at a time. Returns the end of it. */
export const guardLeaving = (ask: () => boolean): (() => void) => {
  mayLeave = ask;
  return () => {
    if (mayLeave === ask) mayLeave = undefined;
  };
};
export const isLeavingAllowed = (): boolean => mayLeave?.() ?? true;

// Before any other listener hears of it: the browser's own Back and Forward have changed the address already.
let shown = window.location.href;
window.addEventListener('popstate', (event) => {
  if (event.isTrusted && window.location.href !== shown && !isLeavingAllowed()) {
    event.stopImmediatePropagation();
    window.history.pushState(null, '', shown);
    return;
  }
  shown = window.location.href;
});

export const navigate = (to: string, { replace = false } = {}): void => {
  if (!isLeavingAllowed()) return;
  if (replace) window.history.replaceState(null, '', to);
  else window.history.pushState(null, '', to);
  window.dispatchEvent(new PopStateEvent('popstate'));
  window.scrollTo(0, 0);
};

const isPlainClick = (event: MouseEvent) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

/** A link inside the app: a real anchor, so that a new tab and copying work. */
export const Link = ({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) => (
  <a
    {...rest}
    href={href}
    onClick={(event) => {
      if (!isPlainClick(event)) return;
      event.preventDefault();
      navigate(href);
    }}
  />
);
