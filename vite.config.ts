// Builds the web page into dist/web: everything it needs is bundled, nothing is requested from other hosts at run time.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = 'http://localhost:3000';
const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: pathOf('./src/web'),
  plugins: [react()],
  build: {
    outDir: pathOf('./dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    proxy: {
      '/api': { target: SERVER, changeOrigin: true },
      '/socket.io': { target: SERVER, ws: true },
    },
  },
});
