<?php
// For PHP's built-in server: files are served as they are, every other path goes to WordPress, which answers 404 where
// it has no rule. Paths without a rule answer 404 while the site has plain links, as behind a web server without rewriting.
$root = $_SERVER['DOCUMENT_ROOT'];
$path = rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if ($path !== '/' && file_exists($root . $path)) {
    return false;
}
if ($path !== '/' && !file_exists($root . '/.rewrite')) {
    http_response_code(404);
    exit;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $root . '/index.php';
chdir($root);
require $root . '/index.php';
