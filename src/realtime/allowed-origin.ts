// Which pages may open a WebSocket. Browsers let any page open one anywhere and only tell where it came from; `cors` is not
// asked. Whatever sends no origin is no browser.

interface OriginOptions {
  readonly corsOrigins: readonly string[];
  /** Where this server is reached, if that was said. */
  readonly publicUrl: string | undefined;
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

export const isAllowedOrigin = (
  { origin, host }: { readonly origin?: string | undefined; readonly host?: string | undefined },
  { corsOrigins, publicUrl }: OriginOptions,
): boolean => {
  if (origin === undefined || corsOrigins.includes('*') || corsOrigins.includes(origin)) return true;
  const from = hostOf(origin);
  // Its own page, also behind a proxy that hands on the name by which it was called.
  return from !== undefined && (from === host || (publicUrl !== undefined && from === hostOf(publicUrl)));
};
