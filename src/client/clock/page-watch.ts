// Signs from the browser that the network or the person is back. Silent where there is no page.

export const watchPage = (listeners: { readonly onBack: () => void }): { stop(): void } => {
  if (typeof window === 'undefined' || typeof document === 'undefined') return { stop() {} };
  const back = () => {
    if (document.visibilityState === 'visible') listeners.onBack();
  };
  window.addEventListener('online', listeners.onBack);
  window.addEventListener('pageshow', back);
  document.addEventListener('visibilitychange', back);
  return {
    stop() {
      window.removeEventListener('online', listeners.onBack);
      window.removeEventListener('pageshow', back);
      document.removeEventListener('visibilitychange', back);
    },
  };
};
