/* global SwaggerUIBundle, document, window */

// The content security policy allows no inline script, so this script is a file.
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    domNode: document.getElementById('swagger-ui'),
    deepLinking: true,
    tryItOutEnabled: true,
    requestInterceptor: (request) => ({ ...request, credentials: 'same-origin' }),
  });
});
