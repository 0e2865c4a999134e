"""The files of a WordPress site: Debian's, kept in the cache, and a configuration of our own."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from secrets import token_hex

from tests.peers.mariadb import Database
from tests.peers.packages import stop_run, update_lists
from tools.cache import locked

DEBIAN_PACKAGES = ("wordpress", "wordpress-theme-twentytwentythree")
ROUTER = Path(__file__).parent / "wordpress_router.php"
CONFIG = """<?php
define('DB_NAME', '{name}');
define('DB_USER', '{user}');
define('DB_PASSWORD', '{password}');
define('DB_HOST', '{host}');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', '{home}');
define('WP_SITEURL', '{home}');
define('AUTH_KEY', '{key}');
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
# PHP's server answers one request at a time, so WordPress must not call itself, as its installer would
NO_CALLS = "<?php add_filter('block_local_requests', '__return_true');\n"


def lay_out(root: Path, base_url: str, database: Database) -> None:
    """Copy WordPress into the new folder `root` and configure it."""
    shutil.copytree(packaged_files(), root, symlinks=True)
    (root / ".htaccess").unlink(missing_ok=True)
    shutil.copyfile(ROUTER, root / ".router.php")
    config = CONFIG.format(
        name=database.name,
        user=database.user,
        password=database.password,
        host=f"127.0.0.1:{database.port}",
        home=base_url,
        key=token_hex(32),
    )
    (root / "wp-config.php").write_text(config)
    plugins = root / "wp-content" / "mu-plugins"
    plugins.mkdir()
    (plugins / "no_calls.php").write_text(NO_CALLS)


def packaged_files() -> Path:
    """WordPress's files out of the Debian packages, from the cache where they are there already."""
    with locked("wordpress") as cache:
        files = cache / "wordpress-debian"
        if not files.is_dir():
            with tempfile.TemporaryDirectory(prefix="wordpress-", dir=cache) as work:
                unpack(Path(work))
                (Path(work) / "tree").rename(files)
    return files / "usr" / "share" / "wordpress"


def unpack(work: Path) -> None:
    """Fetch the Debian packages into `work` and unpack them into its folder `tree`."""
    download = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *DEBIAN_PACKAGES]
    done = subprocess.run(download, cwd=work, capture_output=True, text=True)
    if done.returncode != 0:
        update_lists("WordPress", *DEBIAN_PACKAGES)
        done = subprocess.run(download, cwd=work, capture_output=True, text=True)
    if done.returncode != 0:
        stop_run("WordPress", DEBIAN_PACKAGES, f"apt-get download failed:\n{done.stderr[-2000:]}")
    for package in work.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, work / "tree"], check=True)
