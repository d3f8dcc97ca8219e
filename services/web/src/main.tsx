import './design/tokens.css';
import './design/base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.js';
import { createAppRouter, loadFirstPage } from './app/router.js';
import { ToastProvider } from './design/toasts.js';
import { formatMoney } from './money/money.js';
import { firstLanguage, loadStrings, localeOf, ReaderProvider } from './strings/language.js';

const language = firstLanguage();
const queryClient = createQueryClient();
const router = createAppRouter(queryClient);
const place = document.getElementById('root');
if (!place) throw new Error('index.html has no #root.');

loadFirstPage(router, queryClient);
// The first formatter costs a browser tens of milliseconds, for its locale data: now, while it waits for answers, and not when they are shown.
setTimeout(() => formatMoney(0, 'EUR', localeOf(language)));
const strings = await loadStrings(language);
createRoot(place).render(
  <StrictMode>
    <ReaderProvider first={{ language, strings }}>
      <QueryClientProvider client={queryClient}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </QueryClientProvider>
    </ReaderProvider>
  </StrictMode>,
);
