// The last net: a fault in rendering shows what to do instead of a white page.
import { Component, type ReactNode } from 'react';
import { CrashPage } from './CrashPage.tsx';

export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <CrashPage /> : this.props.children;
  }
}
