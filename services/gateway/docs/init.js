/* global SwaggerUIBundle, document, window */

// This script is a separate file, because the content security policy allows no inline script.
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    domNode: document.getElementById('swagger-ui'),
    deepLinking: true,
    tryItOutEnabled: true,
    // Send the session cookie, which POST /v1/session sets. The Authorize dialog of Swagger UI cannot set an HttpOnly
    // cookie.
    requestInterceptor: (request) => ({ ...request, credentials: 'same-origin' }),
  });
});
