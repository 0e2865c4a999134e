# mypy: ignore-errors
# Django is not in the environment that mypy sees.
"""A board on django-machina, for the interpreter that has it: `machina_site.py PORT FOLDER`, then POSTs to /_control.

1. database  SQLite in FOLDER, migrated; visitors without an account may see and read
2. board     under /forum/, one forum, pages of 10 topics and of 5 posts
3. control   {"do": "topic" | "reply" | "edit" | "delete" | "delete_topic" | "hold" | "approve" | "clear", ...}
"""

import json
import sys
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
APPS = (
    "forum",
    "forum_conversation",
    "forum_conversation.forum_attachments",
    "forum_conversation.forum_polls",
    "forum_feeds",
    "forum_moderation",
    "forum_search",
    "forum_tracking",
    "forum_member",
    "forum_permission",
)


def configure() -> None:
    from machina import MACHINA_MAIN_STATIC_DIR, MACHINA_MAIN_TEMPLATE_DIR

    settings.configure(
        DEBUG=False,
        SECRET_KEY="of a board that nobody else reaches",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        TIME_ZONE="UTC",
        LANGUAGE_CODE="en-us",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "board.db"}},
        CACHES={
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
            "machina_attachments": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": str(FOLDER / "cache"),
            },
        },
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "mptt",
            "haystack",
            "widget_tweaks",
            "machina",
            *(f"machina.apps.{name}" for name in APPS),
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "machina.apps.forum_permission.middleware.ForumPermissionMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [MACHINA_MAIN_TEMPLATE_DIR],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.template.context_processors.static",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "machina.core.context_processors.metadata",
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
        STATICFILES_DIRS=[MACHINA_MAIN_STATIC_DIR],
        MEDIA_ROOT=str(FOLDER),
        MACHINA_FORUM_TOPICS_NUMBER_PER_PAGE=10,
        MACHINA_TOPIC_POSTS_NUMBER_PER_PAGE=5,
    )


configure()
django.setup()

from django.contrib.auth.models import AnonymousUser, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from machina.apps.forum.models import Forum  # noqa: E402
from machina.apps.forum_conversation.models import Post, Topic  # noqa: E402
from machina.apps.forum_permission.shortcuts import assign_perm  # noqa: E402


def set_up() -> Forum:
    call_command("migrate", verbosity=0)
    forum = Forum.objects.create(name="Travellers", type=Forum.FORUM_POST)
    for word in ("can_see_forum", "can_read_forum"):
        assign_perm(word, AnonymousUser(), forum)
    return forum


def write(said, topic):
    author, _ = User.objects.get_or_create(username=said.get("author", "ana"))
    post = Post.objects.create(
        topic=topic, poster=author, subject=topic.subject, content=said["text"], approved=not said.get("held")
    )
    if said.get("at"):
        at = datetime.fromisoformat(said["at"])
        Post.objects.filter(pk=post.pk).update(created=at, updated=at)
    topic.update_trackers()
    return post


def start_topic(said):
    author, _ = User.objects.get_or_create(username=said.get("author", "ana"))
    topic = Topic.objects.create(
        forum=FORUM,
        subject=said["subject"],
        poster=author,
        type=Topic.TOPIC_POST,
        status=Topic.TOPIC_UNLOCKED,
        approved=True,
    )
    return {"topic": topic.pk, "post": write(said, topic).pk}


def edit(said):
    post = Post.objects.get(pk=said["post"])
    post.content = said["text"]
    post.updates_count += 1
    post.save()
    return {}


def approve(said):
    post = Post.objects.get(pk=said["post"])
    post.approved = True
    post.save()
    post.topic.update_trackers()
    return {}


def delete(said):
    Post.objects.get(pk=said["post"]).delete()
    return {}


def delete_topic(said):
    Topic.objects.get(pk=said["topic"]).delete()
    return {}


def clear(said):
    Topic.objects.all().delete()
    return {}


COMMANDS = {
    "topic": start_topic,
    "reply": lambda said: {"post": write(said, Topic.objects.get(pk=said["topic"])).pk},
    "edit": edit,
    "approve": approve,
    "delete": delete,
    "delete_topic": delete_topic,
    "clear": clear,
}


def control(request: HttpRequest) -> JsonResponse:
    said = json.loads(request.body)
    return JsonResponse(COMMANDS[said.pop("do")](said))


def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /forum/feeds/\n", content_type="text/plain")


urlpatterns = [
    path("_control", control),
    path("robots.txt", robots),
    path("forum/", include("machina.urls")),
]

if __name__ == "__main__":
    from django.core.servers.basehttp import WSGIServer, run
    from django.core.wsgi import get_wsgi_application

    FORUM = set_up()
    run("127.0.0.1", PORT, get_wsgi_application(), threading=True, server_cls=WSGIServer)
