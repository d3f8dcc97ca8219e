/* global SwaggerUIBundle, document, window */

// This script is a separate file, because the content security policy allows no inline script. Requests include the
// session cookie, because the page has the origin of the API.
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    domNode: document.getElementById('swagger-ui'),
    deepLinking: true,
    tryItOutEnabled: true,
    // The session cookie is HttpOnly: POST /v1/session sets it, but the Authorize dialog of Swagger UI cannot.
    requestInterceptor: (request) => ({ ...request, credentials: 'same-origin' }),
  });
});
