import { defineConfig } from 'vite';
import { slimJsSip } from './scripts/slim.ts';

export default defineConfig({
  base: '/',
  plugins: [slimJsSip()],
  build: {
    target: 'es2022',
    // Everything is a file of its own: the policy of the page allows no data: address and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // The two catalogues of a language have two names, so that a test can tell which page needs what.
        chunkFileNames: ({ facadeModuleId }) => (facadeModuleId?.includes('/board/i18n/') ? 'assets/board-[name]-[hash].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  // The development server passes on what hasshin serves: HASSHIN=http://127.0.0.1:8080 npx vite
  server: {
    proxy: Object.fromEntries(
      ['/api', '/sip', '/healthz', '/docs'].map((path) => [path, { target: process.env.HASSHIN ?? 'http://127.0.0.1:8080', ws: true }]),
    ),
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
