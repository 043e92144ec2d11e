// Colours and sizes of the whole app. Contrast is at least 4.5:1 for text; seats keep their colour everywhere.
import { type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: 8,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR", "Noto Sans KR", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK KR", monospace',
  headings: { fontWeight: '650', textWrap: 'balance' },
  components: {
    Button: { defaultProps: { size: 'md' } },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    Textarea: { defaultProps: { size: 'md' } },
    NumberInput: { defaultProps: { size: 'md' } },
    Select: { defaultProps: { size: 'md' } },
    Anchor: { defaultProps: { underline: 'always' } },
    Modal: { defaultProps: { centered: true } },
  },
});

/** Mantine's grey, red and placeholder tones are too pale for small text on white. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#545c66',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-placeholder': '#6b727b',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1d2430',
    '--mantine-color-orange-light-color': '#8a3a00',
    '--mantine-color-teal-light-color': '#04543b',
    '--mantine-color-red-light-color': '#a51111',
  },
  dark: {},
});

const SEATS = [
  { strong: '#3b5bdb', soft: '#e7ecff' },
  { strong: '#b8500a', soft: '#fff0e2' },
  { strong: '#087f5b', soft: '#def7ec' },
  { strong: '#9c36b5', soft: '#f9e8fd' },
  { strong: '#0b7285', soft: '#def3f6' },
  { strong: '#c2255c', soft: '#ffe6ef' },
  { strong: '#5c6b00', soft: '#f3f7d9' },
  { strong: '#495057', soft: '#eceff2' },
] as const;

/** `strong` carries white text; dark text stands on `soft`. */
export const seatColorOf = (seat: number): { readonly strong: string; readonly soft: string } =>
  SEATS[Math.abs(seat) % SEATS.length] ?? SEATS[0];
