<?php
// Reads one command as JSON from standard input, does it inside WordPress, answers as JSON.
// A failure is an exit status of 1 with one line on standard error.
$command = json_decode(stream_get_contents(STDIN), true);
$_SERVER['HTTP_HOST'] = getenv('DAYMARK_HOST');
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
require getenv('DAYMARK_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/taxonomy.php';
wp_set_current_user(1);

function daymark_checked($result) {
    if (is_wp_error($result) || !$result) {
        fwrite(STDERR, is_wp_error($result) ? $result->get_error_message() : 'WordPress refused');
        exit(1);
    }
    return $result;
}

function daymark_fields(array $command): array {
    $fields = [];
    foreach (['post_title', 'post_content', 'post_status', 'post_date', 'post_date_gmt', 'comment_status'] as $name) {
        if (isset($command[$name])) {
            $fields[$name] = $command[$name];
        }
    }
    if (isset($command['categories'])) {
        $fields['post_category'] = array_map('wp_create_category', $command['categories']);
    }
    return wp_slash($fields);
}

switch ($command['do']) {
    case 'publish':
        $id = daymark_checked(wp_insert_post(daymark_fields($command) + ['post_status' => 'publish'], true));
        break;
    case 'edit':
        $id = daymark_checked(wp_update_post(['ID' => $command['id']] + daymark_fields($command), true));
        break;
    case 'trash':
        $id = daymark_checked(wp_trash_post($command['id']))->ID;
        break;
    case 'comment':
        $id = daymark_checked(wp_insert_comment(wp_slash([
            'comment_post_ID' => $command['id'],
            'comment_content' => $command['text'],
            'comment_author' => $command['author'],
            'comment_approved' => 1,
        ])));
        echo json_encode(['id' => (int) $id, 'url' => get_comment_link($id)]);
        exit(0);
    case 'permalinks':
        $wp_rewrite->set_permalink_structure($command['structure']);
        $wp_rewrite->flush_rules();
        echo '{}';
        exit(0);
    case 'empty':
        foreach (get_posts(['numberposts' => -1, 'post_type' => ['post', 'page'], 'post_status' => 'any']) as $post) {
            wp_delete_post($post->ID, true);
        }
        echo '{}';
        exit(0);
    default:
        fwrite(STDERR, 'unknown command');
        exit(1);
}
$post = get_post($id);
echo json_encode(['id' => $post->ID, 'url' => get_permalink($post), 'guid' => $post->guid]);
