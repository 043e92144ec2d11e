// Where to go when this browser cannot hold a voice debate: found before anybody joins.
import type { Environment } from '../../client/index.ts';

export type Obstacle =
  | { readonly kind: 'none' }
  | { readonly kind: 'plain_http'; readonly secureUrl: string }
  | {
      readonly kind: 'in_app';
      readonly app: string;
      readonly openUrl?: string;
      readonly isAndroid: boolean;
      readonly mayGoOn: boolean;
    }
  | { readonly kind: 'no_microphone' | 'no_recorder' | 'no_voice' };

interface Place {
  readonly userAgent: string;
  readonly href: string;
}

/** An address that leaves the app by itself, where one is known. */
const openUrlOf = (app: string, href: string, isAndroid: boolean): string | undefined => {
  if (/kakao/i.test(app)) return `kakaotalk://web/openExternal?url=${encodeURIComponent(href)}`;
  if (/^line$/i.test(app)) {
    const url = new URL(href);
    url.searchParams.set('openExternalBrowser', '1');
    return url.href;
  }
  if (!isAndroid) return undefined;
  const { protocol, host, pathname, search } = new URL(href);
  return `intent://${host}${pathname}${search}#Intent;scheme=${protocol.replace(':', '')};package=com.android.chrome;end`;
};

export const obstacleOf = (environment: Environment, { userAgent, href }: Place): Obstacle => {
  const has = (problem: Environment['problems'][number]) => environment.problems.includes(problem);
  if (has('in_app_browser')) {
    const app = environment.inAppBrowser ?? 'this app';
    const isAndroid = /Android/i.test(userAgent);
    const openUrl = openUrlOf(app, href, isAndroid);
    return {
      kind: 'in_app',
      app,
      isAndroid,
      mayGoOn: environment.ok,
      ...(openUrl === undefined ? {} : { openUrl }),
    };
  }
  if (has('insecure_context')) {
    const secure = new URL(href);
    secure.protocol = 'https:';
    return { kind: 'plain_http', secureUrl: secure.href };
  }
  if (has('no_microphone_api')) return { kind: 'no_microphone' };
  if (has('no_webrtc')) return { kind: 'no_voice' };
  if (has('no_media_recorder')) return { kind: 'no_recorder' };
  return { kind: 'none' };
};
