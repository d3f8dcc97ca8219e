/* global SwaggerUIBundle, document, window */

// In a separate file, because the content security policy allows no inline script. The session cookie is sent along,
// because the origin is the same.
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    domNode: document.getElementById('swagger-ui'),
    deepLinking: true,
    tryItOutEnabled: true,
    // The cookie is HttpOnly: POST /v1/session sets it, and Swagger's Authorize dialog cannot.
    requestInterceptor: (request) => ({ ...request, credentials: 'same-origin' }),
  });
});
