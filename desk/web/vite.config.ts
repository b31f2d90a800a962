import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    // Everything is a file of its own: the policy of the page allows no data: address and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
  },
  // The development server passes on what hasshin serves: HASSHIN=http://127.0.0.1:8080 npx vite
  server: {
    proxy: Object.fromEntries(
      ['/api', '/sip', '/healthz', '/docs'].map((path) => [path, { target: process.env.HASSHIN ?? 'http://127.0.0.1:8080', ws: true }]),
    ),
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
