// Whether this browser can take part at all, asked before anybody joins.

export type EnvironmentProblem =
  | 'insecure_context'
  | 'in_app_browser'
  | 'no_microphone_api'
  | 'no_media_recorder'
  | 'no_webrtc';

export interface Environment {
  /** Everything that talking and recording need is there. An in-app browser is listed, but does not make it false. */
  readonly ok: boolean;
  readonly problems: readonly EnvironmentProblem[];
  readonly inAppBrowser?: string;
}

/** Browsers inside other apps, by a mark in their user agent. Many of them promise a microphone and refuse it later. */
const IN_APP_BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/KAKAOTALK/i, 'KakaoTalk'],
  [/Instagram/i, 'Instagram'],
  [/\bLine\//i, 'LINE'],
  [/NAVER\(inapp/i, 'NAVER'],
  [/DaumApps/i, 'Daum'],
  [/FBAN|FBAV|FB_IAB/, 'Facebook'],
  [/BAND\//i, 'BAND'],
  [/everytimeApp/i, 'Everytime'],
  [/MicroMessenger/i, 'WeChat'],
  [/TikTok|musical_ly|BytedanceWebview/i, 'TikTok'],
  [/Twitter/i, 'X'],
  [/Snapchat/i, 'Snapchat'],
  [/; wv\)/, 'WebView'],
];

export const inAppBrowserOf = (userAgent: string): string | undefined =>
  IN_APP_BROWSERS.find(([mark]) => mark.test(userAgent))?.[1];

export const checkEnvironment = (): Environment => {
  const inAppBrowser = inAppBrowserOf(navigator.userAgent);
  const missing: EnvironmentProblem[] = [];
  if (!globalThis.isSecureContext) missing.push('insecure_context');
  if (typeof navigator.mediaDevices?.getUserMedia !== 'function') missing.push('no_microphone_api');
  if (typeof MediaRecorder === 'undefined') missing.push('no_media_recorder');
  if (typeof RTCPeerConnection === 'undefined') missing.push('no_webrtc');
  return {
    ok: missing.length === 0,
    problems: inAppBrowser ? [...missing, 'in_app_browser'] : missing,
    ...(inAppBrowser ? { inAppBrowser } : {}),
  };
};
