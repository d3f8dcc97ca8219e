import './design/tokens.css';
import './design/base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.js';
import { createAppRouter, loadFirstPage } from './app/router.js';
import { watchIdentity } from './identity/watch-identity.js';
import { ToastProvider } from './design/toasts.js';
import { firstLanguage, loadStrings, ReaderProvider } from './strings/language.js';

const language = firstLanguage();
const queryClient = createQueryClient();
const router = createAppRouter(queryClient);
const place = document.getElementById('root');
if (!place) throw new Error('index.html has no #root.');

loadFirstPage(router, queryClient);
const strings = await loadStrings(language);
const root = createRoot(place);
watchIdentity(() => {
  queryClient.clear();
  root.unmount();
});
root.render(
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
