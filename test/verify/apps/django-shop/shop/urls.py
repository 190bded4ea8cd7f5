from django.contrib import admin
from django.urls import include, path, re_path

from items import views

urlpatterns = [
    path("", views.index),
    path("items/", include("items.urls")),
    re_path(r"^about/$", views.about),
    re_path(r"^year/(?P<year>\d{4})/$", views.about),
    path("admin/", admin.site.urls),
]
